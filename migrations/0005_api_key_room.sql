-- A retry of a create finds the key the first try made: by a keyed hash of the caller's Idempotency-Key, for as long as it counts.
ALTER TABLE api_keys ADD COLUMN retry_hash text;
CREATE UNIQUE INDEX api_keys_one_a_retry ON api_keys (team_id, retry_hash) WHERE retry_hash IS NOT NULL;

-- Whether a team may have one key more. Two that ask at once take turns at the team's row, and whoever waited counts what the other has
-- made: each query of a volatile function sees what was committed before it, which one statement alone does not.
CREATE FUNCTION has_room_for_api_key(of_team uuid, most integer) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM 1 FROM teams WHERE id = of_team FOR NO KEY UPDATE;
  RETURN (SELECT count(*) FROM api_keys WHERE team_id = of_team AND revoked_at IS NULL) < most;
END
$$;
