-- What callers own. One row per resource, from its first answer until its history is purged.
-- Tokens are found by HMAC and shown from ciphertext; URLs are ciphertext; addresses are keyed hashes.
CREATE TABLE resources (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  -- active -> dropping -> dropped. 'abandoned' is a create that nobody finished: it blocks a late insert until its drop is done.
  status text NOT NULL CHECK (status IN ('active', 'dropping', 'abandoned', 'dropped')),
  -- Grows with every job that changes the resource; the bridge refuses an older one.
  generation integer NOT NULL CHECK (generation >= 1),
  tier text,
  env text,
  name text,
  team_id uuid,
  token_hash text UNIQUE,
  token_sealed text,
  -- The credentials as the answer showed them, one JSON object.
  grant_sealed text,
  fingerprint text,
  admission_scope text,
  network_hash text,
  asn_hash text,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  status_changed_at timestamptz NOT NULL,
  drop_reason text CHECK (drop_reason IN ('expired', 'deleted', 'abandoned')),
  CONSTRAINT resources_live_rows_are_whole CHECK (
    status IN ('abandoned', 'dropped')
    OR (tier IS NOT NULL AND env IS NOT NULL AND name IS NOT NULL AND token_hash IS NOT NULL AND token_sealed IS NOT NULL)
  )
);

CREATE INDEX resources_expiry ON resources (expires_at) WHERE status = 'active' AND expires_at IS NOT NULL;
CREATE INDEX resources_going ON resources (status_changed_at) WHERE status IN ('dropping', 'abandoned');
CREATE INDEX resources_gone ON resources (status_changed_at) WHERE status = 'dropped';
CREATE INDEX resources_by_fingerprint ON resources (fingerprint, created_at) WHERE status = 'active';
-- The ceilings count a UTC day's anonymous creates of one network and of one ASN.
CREATE INDEX resources_by_network ON resources (network_hash, created_at) WHERE network_hash IS NOT NULL;
CREATE INDEX resources_by_asn ON resources (asn_hash, created_at) WHERE asn_hash IS NOT NULL;
CREATE INDEX resources_live_anonymous ON resources (id) WHERE status = 'active' AND team_id IS NULL;
