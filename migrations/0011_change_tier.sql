-- Gives a team and everything it owns another tier. Each changed resource gets a limit job; one that has the tier already gets none.
-- Each query of a volatile function sees what was committed before it, so a resource that a create or a claim adds while this waits for
-- the team's row is changed, too. Resources are locked before the team, in the order a claim locks them: the two cannot deadlock.
CREATE FUNCTION change_team_tier(of_team uuid, new_tier text, new_end timestamptz, at_time timestamptz, OUT former_tier text, OUT changed json)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM 1 FROM resources WHERE team_id = of_team AND status = 'active' ORDER BY id FOR NO KEY UPDATE;
  SELECT tier INTO former_tier FROM teams WHERE id = of_team FOR NO KEY UPDATE;
  UPDATE teams SET tier = new_tier WHERE id = of_team;
  WITH moved AS (
    UPDATE resources r SET tier = new_tier, expires_at = new_end, generation = r.generation + 1, limit_generation = r.generation + 1, changed_at = at_time
    WHERE r.team_id = of_team AND r.status = 'active' AND r.tier <> new_tier
    RETURNING r.id, r.kind, r.tier, r.generation, engine_access(r) AS access
  ) SELECT coalesce(json_agg(moved), '[]') INTO changed FROM moved;
END
$$;
