-- What a resource stores, what its tenant may therefore do, and changes of it that the engine has not heard of yet.
ALTER TABLE resources
  ADD COLUMN storage_bytes bigint CHECK (storage_bytes >= 0),
  -- When the bridge measured it; an older measurement never overwrites a newer one.
  ADD COLUMN measured_at timestamptz,
  ADD COLUMN access text NOT NULL DEFAULT 'full' CHECK (access IN ('full', 'read_only', 'none')),
  ADD COLUMN access_reason text CHECK (access_reason IN ('storage_limit_exceeded')),
  -- The generation of the limit job that must still be done; NULL once the engine has what is decided here.
  ADD COLUMN limit_generation integer,
  -- How often the credentials were changed, as grant_sealed holds them.
  ADD COLUMN rotation integer NOT NULL DEFAULT 0,
  -- The generation of a rotation that has begun: the engine may already have the next password, grant_sealed has not.
  ADD COLUMN rotate_generation integer,
  ADD COLUMN changed_at timestamptz,
  ADD CONSTRAINT resources_cut_for_a_reason CHECK ((access = 'full') = (access_reason IS NULL));

-- What the cron looks for: changes that were decided and not done.
CREATE INDEX resources_changing ON resources (changed_at)
  WHERE status = 'active' AND (limit_generation IS NOT NULL OR rotate_generation IS NOT NULL);

-- Reports of the bridge that were taken: one id stands for one content.
CREATE TABLE bridge_reports (
  jti text PRIMARY KEY,
  content_hash text NOT NULL,
  received_at timestamptz NOT NULL
);
CREATE INDEX bridge_reports_by_age ON bridge_reports (received_at);
