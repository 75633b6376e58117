-- Deployments. A service is what a caller deploys; each build or rollback of it is a release; an operation is a change that the bridge
-- carries out and reports on. docs/deploys.md.
CREATE TABLE services (
  id uuid PRIMARY KEY,
  -- The first label of the URL's host name.
  app_id text UNIQUE,
  team_id uuid REFERENCES teams,
  -- The stack it is a part of; null for a deployment of its own.
  stack_id uuid,
  name text,
  environment text,
  port integer,
  -- 'deleted' is also a create that never finished: it blocks a late insert.
  status text NOT NULL CHECK (status IN ('building', 'deploying', 'healthy', 'failed', 'stopped', 'expired', 'deleting', 'deleted')),
  -- Grows with every operation; the bridge refuses an older one.
  generation integer NOT NULL CHECK (generation >= 1),
  -- The number of the newest release, and of the one whose container answers or, while stopped, will answer.
  release integer NOT NULL DEFAULT 0,
  current_release integer,
  is_serving boolean NOT NULL DEFAULT false,
  -- One JSON object.
  variables_sealed text,
  -- A variable's name -> the id of the resource whose address it gets at every release.
  bindings jsonb NOT NULL DEFAULT '{}',
  is_private boolean NOT NULL DEFAULT false,
  allowed_ips text[] NOT NULL DEFAULT '{}',
  ttl_policy text NOT NULL DEFAULT 'permanent' CHECK (ttl_policy IN ('permanent', 'auto_24h', 'custom')),
  expires_at timestamptz,
  -- Who is told how a release ended: URL and secret, one JSON object. `notify_release`: the release the state is about.
  notify_sealed text,
  notify_state text NOT NULL DEFAULT 'unset' CHECK (notify_state IN ('unset', 'pending', 'sent', 'failed')),
  notify_attempts integer NOT NULL DEFAULT 0,
  notify_due_at timestamptz,
  notify_release integer,
  -- Why the newest release failed.
  failure jsonb,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  ended_at timestamptz,
  CONSTRAINT services_live_rows_are_whole CHECK (status IN ('deleted', 'expired')
    OR (app_id IS NOT NULL AND team_id IS NOT NULL AND name IS NOT NULL AND environment IS NOT NULL AND port IS NOT NULL AND variables_sealed IS NOT NULL))
);
CREATE INDEX services_by_team ON services (team_id, created_at DESC, id DESC) WHERE status <> 'deleted';
CREATE INDEX services_expiry ON services (expires_at) WHERE expires_at IS NOT NULL AND status NOT IN ('expired', 'deleting', 'deleted');
CREATE INDEX services_notices ON services (notify_due_at) WHERE notify_state = 'pending';
CREATE INDEX services_going ON services (updated_at) WHERE status IN ('deleting', 'expired') AND ended_at IS NULL;
CREATE INDEX services_gone ON services (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX services_bindings ON services USING gin (bindings);

CREATE TABLE releases (
  service_id uuid NOT NULL REFERENCES services ON DELETE CASCADE,
  number integer NOT NULL,
  -- The uploaded source that is built (id, sha256, bytes, recipe); null for a release that runs the image of `image_of` again.
  source jsonb,
  image_of integer,
  state text NOT NULL CHECK (state IN ('building', 'deploying', 'live', 'superseded', 'failed')),
  failure jsonb,
  created_by uuid,
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (service_id, number)
);

CREATE TABLE operations (
  id uuid PRIMARY KEY,
  -- Null on the row of an upload that was given up: it blocks a late insert.
  service_id uuid REFERENCES services ON DELETE CASCADE,
  verb text CHECK (verb IN ('deploy', 'stop', 'access', 'delete')),
  release integer,
  generation integer,
  state text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed')),
  step text,
  queue_position integer,
  -- Of the newest status that counted; an older one is ignored.
  seq integer NOT NULL DEFAULT 0,
  -- The plan of a deploy, which holds variables; other plans follow from the service's row. Gone when the operation has ended.
  plan_sealed text,
  failure jsonb,
  -- When the bridge last said something about it; null until it has accepted it.
  heard_at timestamptz,
  sent_at timestamptz,
  created_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE INDEX operations_of_service ON operations (service_id, generation);
CREATE INDEX operations_open ON operations ((coalesce(heard_at, sent_at, created_at))) WHERE ended_at IS NULL;

-- The timeline that callers see.
CREATE TABLE service_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  service_id uuid NOT NULL REFERENCES services ON DELETE CASCADE,
  release integer,
  kind text NOT NULL,
  failure jsonb,
  created_at timestamptz NOT NULL
);
CREATE INDEX service_events_of_service ON service_events (service_id, id DESC);

-- Takes one status of an operation; the same one again, or an older one, changes nothing but `heard_at`.
-- A release that fails leaves a serving one as it is: the service is `healthy` again, and `failure` says what became of the new one.
-- The service is locked before the operation, as everywhere.
CREATE FUNCTION operation_reported(of_id uuid, new_seq integer, new_state text, new_step text, new_position integer, new_failure jsonb,
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
    UPDATE services SET is_serving = false, updated_at = at_time, status = CASE status WHEN 'healthy' THEN 'stopped' ELSE status END WHERE id = service;
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
