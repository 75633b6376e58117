-- A paused resource is suspended by its team: it keeps its row, its data and its credentials, and nobody comes in.
ALTER TABLE resources ADD COLUMN paused_at timestamptz;

-- What the engine is told: the one rule for every statement that makes a limit job. `access` stays what the metering has decided.
CREATE FUNCTION engine_access(resource resources) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN resource.paused_at IS NULL THEN resource.access ELSE 'none' END
$$;
