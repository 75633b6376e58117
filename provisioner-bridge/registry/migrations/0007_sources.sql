-- Uploaded sources. The bytes are in the bridge's data directory, in a file named by the id.
CREATE TABLE sources (
  source_id uuid PRIMARY KEY,
  bytes bigint NOT NULL CHECK (bytes > 0),
  sha256 text NOT NULL,
  recipe text NOT NULL,
  -- The Dockerfile that we wrote; null for the source's own.
  dockerfile text,
  created_at timestamptz NOT NULL
);
CREATE INDEX sources_by_age ON sources (created_at);
