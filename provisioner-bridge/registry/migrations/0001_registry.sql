-- The bridge's registry: written before an engine is touched, so that a retry meets its own work and a drop is always possible.
-- It holds no secret: passwords are derived from the bridge secret, the name and the rotation.

-- Which registry this is. Tenants on an engine are marked with it, so that two installations can share a server.
CREATE TABLE registry_identity (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id uuid NOT NULL
);
INSERT INTO registry_identity (id) VALUES (gen_random_uuid());

CREATE TABLE tenants (
  tenant_id uuid PRIMARY KEY,
  -- Null only for a ready-made tenant nobody owns yet.
  resource_id uuid UNIQUE,
  engine text NOT NULL,
  -- Null, like the name, only in the tombstone of a drop that overtook its create.
  server text,
  -- The engine-side name: random, because neighbours can read it.
  name text UNIQUE,
  secret_id text,
  rotation integer NOT NULL DEFAULT 0 CHECK (rotation >= 0),
  generation integer NOT NULL CHECK (generation >= 1),
  limits jsonb,
  state text NOT NULL CHECK (state IN ('creating', 'active', 'dropping', 'dropped')),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT tenants_are_whole_unless_dropped CHECK (
    state = 'dropped' OR (server IS NOT NULL AND name IS NOT NULL AND secret_id IS NOT NULL AND limits IS NOT NULL)
  )
);
CREATE INDEX tenants_by_server ON tenants (server, state);
CREATE INDEX tenants_going ON tenants (updated_at) WHERE state IN ('dropping', 'dropped');

-- One row per job that acted. Outcomes are kept without secrets; the same job twice acts once and answers the same.
CREATE TABLE job_journal (
  jti text PRIMARY KEY,
  resource_id uuid NOT NULL,
  kind text NOT NULL,
  content_hash text NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  attempts integer NOT NULL DEFAULT 1,
  outcome jsonb,
  refusal text,
  request_id text NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX job_journal_by_age ON job_journal (started_at);

-- Tenants that bear our mark and that the registry does not know. They are reported, never dropped by the bridge.
CREATE TABLE quarantine (
  server text NOT NULL,
  name text NOT NULL,
  has_role boolean NOT NULL,
  has_database boolean NOT NULL,
  found_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (server, name)
);
