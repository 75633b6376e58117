-- Roles of members, the target of an audit row, and what a mail is about as one value. The version before this one keeps working: two
-- triggers fill its columns from the new ones and the new ones from its columns, until a later migration removes them.

ALTER TABLE memberships
  DROP CONSTRAINT memberships_role_check,
  ADD CONSTRAINT memberships_role_check CHECK (role IN ('owner', 'admin', 'developer', 'viewer'));

-- What was changed: 'resource', 'api_key', 'session', 'cli_login', 'team'. Both NULL where an old row did not say.
ALTER TABLE audit_log
  ADD COLUMN target_kind text,
  ADD COLUMN target_id uuid,
  ADD CONSTRAINT audit_log_whole_target CHECK ((target_kind IS NULL) = (target_id IS NULL));

CREATE FUNCTION audit_log_both_targets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.target_kind = 'resource' THEN
    NEW.resource_id := NEW.target_id;
  ELSIF NEW.target_kind IS NULL AND NEW.resource_id IS NOT NULL THEN
    NEW.target_kind := 'resource';
    NEW.target_id := NEW.resource_id;
  ELSIF NEW.target_kind IS NULL AND NEW.action LIKE 'api\_key.%' AND NEW.details ? 'id' THEN
    NEW.target_kind := 'api_key';
    NEW.target_id := (NEW.details ->> 'id')::uuid;
  ELSIF NEW.target_kind IS NULL AND NEW.action = 'team.created' THEN
    NEW.target_kind := 'team';
    NEW.target_id := NEW.team_id;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER audit_log_both_targets BEFORE INSERT OR UPDATE OF target_kind ON audit_log
  FOR EACH ROW EXECUTE FUNCTION audit_log_both_targets();
-- The trigger fills the rows that exist.
UPDATE audit_log SET target_kind = NULL;

-- What a mail is about, by its "kind": the Worker's mailAboutSchema says which fields each kind has.
ALTER TABLE forwarder_sent ADD COLUMN about jsonb;

CREATE FUNCTION forwarder_sent_both_subjects() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.about IS NULL THEN
    NEW.about := CASE NEW.kind
      WHEN 'sign_in' THEN jsonb_build_object('kind', NEW.kind, 'return_to', NEW.return_to)
      WHEN 'claim' THEN jsonb_build_object('kind', NEW.kind, 'resource_id', NEW.resource_id, 'fingerprint', NEW.fingerprint,
        'team_name', NEW.team_name, 'rotate', NEW.rotate)
      WHEN 'claim_reminder' THEN jsonb_build_object('kind', NEW.kind, 'resource_id', NEW.resource_id, 'fingerprint', NEW.fingerprint,
        'team_name', NEW.team_name, 'rotate', NEW.rotate, 'hours', NEW.reminder_hours)
    END;
  ELSE
    NEW.kind := NEW.about ->> 'kind';
    NEW.resource_id := (NEW.about ->> 'resource_id')::uuid;
    NEW.fingerprint := NEW.about ->> 'fingerprint';
    NEW.team_name := NEW.about ->> 'team_name';
    NEW.return_to := NEW.about ->> 'return_to';
    NEW.rotate := coalesce((NEW.about ->> 'rotate')::boolean, false);
    NEW.reminder_hours := (NEW.about ->> 'hours')::integer;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER forwarder_sent_both_subjects BEFORE INSERT OR UPDATE OF about ON forwarder_sent
  FOR EACH ROW EXECUTE FUNCTION forwarder_sent_both_subjects();
-- The trigger fills the rows that exist.
UPDATE forwarder_sent SET about = NULL;

ALTER TABLE forwarder_sent
  ALTER COLUMN about SET NOT NULL,
  ADD CONSTRAINT forwarder_sent_about_names_its_kind CHECK (about ? 'kind');
CREATE INDEX forwarder_sent_claims_by_resource ON forwarder_sent ((about ->> 'resource_id'), created_at) WHERE about ->> 'kind' = 'claim';
-- One reminder of each number of hours for a resource, however often the cron runs.
CREATE UNIQUE INDEX forwarder_sent_one_reminder_each ON forwarder_sent ((about ->> 'resource_id'), (about ->> 'hours'))
  WHERE about ->> 'kind' = 'claim_reminder';
