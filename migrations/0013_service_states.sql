-- How the release that serves does, as the bridge reports it. `state_seq`: of the newest state that counted.
ALTER TABLE services ADD COLUMN state_seq integer NOT NULL DEFAULT 0;

-- Takes one state of a service; the same one again, an older one, or one from before the newest operation changes nothing.
CREATE FUNCTION service_state_reported(of_id uuid, of_generation integer, of_release integer, new_seq integer, new_failure jsonb,
  at_time timestamptz, OUT is_due_notice boolean)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  of_service services;
BEGIN
  is_due_notice := false;
  SELECT * INTO of_service FROM services WHERE id = of_id FOR NO KEY UPDATE;
  IF of_service.id IS NULL OR of_service.state_seq >= new_seq OR of_service.generation <> of_generation
    OR of_service.current_release IS DISTINCT FROM of_release OR of_service.status NOT IN ('healthy', 'failed') THEN
    RETURN;
  END IF;
  UPDATE services SET state_seq = new_seq WHERE id = of_id;
  IF (new_failure IS NULL) = of_service.is_serving THEN RETURN; END IF;
  UPDATE services SET status = CASE WHEN new_failure IS NULL THEN 'healthy' ELSE 'failed' END, is_serving = new_failure IS NULL,
    failure = new_failure, updated_at = at_time,
    notify_state = CASE WHEN notify_sealed IS NULL THEN 'unset' ELSE 'pending' END, notify_attempts = 0,
    notify_due_at = CASE WHEN notify_sealed IS NOT NULL THEN at_time END, notify_release = of_release
  WHERE id = of_id RETURNING notify_sealed IS NOT NULL INTO is_due_notice;
  INSERT INTO service_events (service_id, release, kind, failure, created_at)
    VALUES (of_id, of_release, CASE WHEN new_failure IS NULL THEN 'healthy' ELSE 'failed' END, new_failure, at_time);
END
$$;

-- As in 0012, but an app that has failed while it ran can be stopped, too.
-- Takes one status of an operation; the same one again, or an older one, changes nothing but `heard_at`.
-- A release that fails leaves a serving one as it is: the service is `healthy` again, and `failure` says what became of the new one.
-- The service is locked before the operation, as everywhere.
CREATE OR REPLACE FUNCTION operation_reported(of_id uuid, new_seq integer, new_state text, new_step text, new_position integer, new_failure jsonb,
  is_building boolean, at_time timestamptz, OUT service uuid, OUT team uuid, OUT is_gone boolean, OUT is_due_notice boolean)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  op operations;
  of_service services;
  has_ended boolean := new_state IN ('succeeded', 'failed');
  phase text;
BEGIN
  is_gone := false;
  is_due_notice := false;
  SELECT service_id INTO service FROM operations WHERE id = of_id;
  IF service IS NULL THEN RETURN; END IF;
  SELECT * INTO of_service FROM services WHERE id = service FOR NO KEY UPDATE;
  SELECT * INTO op FROM operations WHERE id = of_id FOR NO KEY UPDATE;
  team := of_service.team_id;
  IF op.ended_at IS NOT NULL OR op.seq >= new_seq THEN
    UPDATE operations SET heard_at = at_time WHERE id = of_id AND ended_at IS NULL;
    is_gone := op.ended_at IS NOT NULL AND op.verb = 'delete' AND op.state = 'succeeded';
    RETURN;
  END IF;
  UPDATE operations SET seq = new_seq, state = new_state, step = new_step, queue_position = new_position, failure = new_failure, heard_at = at_time,
    ended_at = CASE WHEN has_ended THEN at_time END, plan_sealed = CASE WHEN has_ended THEN NULL ELSE plan_sealed END WHERE id = of_id;

  IF op.verb = 'deploy' AND new_state = 'running' THEN
    UPDATE releases SET state = CASE WHEN is_building AND source IS NOT NULL THEN 'building' ELSE 'deploying' END
      WHERE service_id = service AND number = op.release AND state IN ('building', 'deploying') RETURNING state INTO phase;
    IF phase <> of_service.status AND of_service.status IN ('building', 'deploying') THEN
      UPDATE services SET status = phase, updated_at = at_time WHERE id = service;
      INSERT INTO service_events (service_id, release, kind, created_at) VALUES (service, op.release, phase, at_time);
    END IF;
  ELSIF op.verb = 'deploy' AND has_ended THEN
    UPDATE releases SET state = 'superseded' WHERE new_state = 'succeeded' AND service_id = service AND state = 'live';
    UPDATE releases SET state = CASE new_state WHEN 'succeeded' THEN 'live' ELSE 'failed' END, failure = new_failure, ended_at = at_time
      WHERE service_id = service AND number = op.release;
    UPDATE services SET updated_at = at_time,
      status = CASE WHEN status NOT IN ('building', 'deploying') THEN status WHEN new_state = 'succeeded' OR is_serving THEN 'healthy' ELSE 'failed' END,
      current_release = CASE new_state WHEN 'succeeded' THEN op.release ELSE current_release END,
      is_serving = is_serving OR new_state = 'succeeded',
      failure = CASE new_state WHEN 'failed' THEN new_failure END,
      notify_state = CASE WHEN notify_sealed IS NULL THEN 'unset' ELSE 'pending' END, notify_attempts = 0,
      notify_due_at = CASE WHEN notify_sealed IS NOT NULL THEN at_time END, notify_release = op.release
    WHERE id = service RETURNING notify_sealed IS NOT NULL INTO is_due_notice;
    INSERT INTO service_events (service_id, release, kind, failure, created_at)
      VALUES (service, op.release, CASE new_state WHEN 'succeeded' THEN 'healthy' ELSE 'failed' END, new_failure, at_time);
  ELSIF op.verb = 'stop' AND new_state = 'succeeded' THEN
    UPDATE services SET is_serving = false, updated_at = at_time, failure = NULL,
      status = CASE WHEN status IN ('healthy', 'failed') THEN 'stopped' ELSE status END WHERE id = service;
    INSERT INTO service_events (service_id, kind, created_at) VALUES (service, 'stopped', at_time);
  ELSIF op.verb = 'delete' AND new_state = 'succeeded' THEN
    is_gone := true;
    UPDATE operations SET state = 'failed', plan_sealed = NULL, ended_at = at_time WHERE service_id = service AND ended_at IS NULL;
    UPDATE services SET status = CASE status WHEN 'expired' THEN 'expired' ELSE 'deleted' END, is_serving = false, variables_sealed = NULL, notify_sealed = NULL,
      notify_state = 'unset', notify_due_at = NULL, ended_at = at_time, updated_at = at_time WHERE id = service;
  ELSIF new_state = 'failed' THEN
    INSERT INTO service_events (service_id, release, kind, failure, created_at) VALUES (service, op.release, op.verb || '_failed', new_failure, at_time);
  END IF;
END
$$;
