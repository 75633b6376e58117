-- The rules of a claim, each a function with a name, and the claim that is made of them. test/e2e/claim-rules.test.ts tests each alone.

-- Whether a resource is there for its owner: not dropped, not expired.
CREATE FUNCTION resource_is_live(resource resources, at_time timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT resource.status = 'active' AND (resource.expires_at IS NULL OR resource.expires_at > at_time)
$$;

-- Whether a resource can be claimed. A resource that came along with another claim is still free: its holder may take it back.
CREATE FUNCTION claim_state(resource resources, at_time timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN NOT resource_is_live(resource, at_time) THEN 'gone'
    WHEN resource.team_id IS NULL OR resource.attached_provisionally THEN 'free'
    ELSE 'claimed'
  END
$$;

-- A claim takes its own resource (the subject) while that is free, and the anonymous resources of a fingerprint. NULL takes none of these.
CREATE FUNCTION claim_takes(resource resources, is_subject boolean, of_fingerprint text, at_time timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE claim_state(resource, at_time)
    WHEN 'free' THEN is_subject OR coalesce(resource.team_id IS NULL AND resource.fingerprint = of_fingerprint, false)
    ELSE false
  END
$$;

-- The rotation that the row holds after a claim. A rotation under way counts as done when the claim rotates: its password may be shown to
-- another caller, so the claim's rotation must be a later one.
CREATE FUNCTION claim_rotation(resource resources, rotates boolean) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT resource.rotation + CASE WHEN rotates AND resource.rotate_generation IS NOT NULL THEN 1 ELSE 0 END
$$;

-- The Durable Object that must forget the resource. It stays the first owner's until that was told: a team that had the resource
-- provisionally has never counted it and keeps no answer of it.
CREATE FUNCTION claim_previous_scope(resource resources) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(resource.previous_scope, resource.admission_scope)
$$;

-- Step 1: consumes the link. Of two concurrent uses one gets the address; the other gets NULL, as for a link that is not live.
CREATE FUNCTION claim_use_link(link_hash text, subject uuid, at_time timestamptz) RETURNS text LANGUAGE sql VOLATILE AS $$
  UPDATE magic_links l SET consumed_at = at_time FROM forwarder_sent m
  WHERE l.token_hash = link_hash AND m.id = l.mail_id AND m.about ->> 'kind' = 'claim' AND m.about ->> 'resource_id' = subject::text
    AND magic_link_state(l, at_time) = 'live'
  RETURNING m.email
$$;

-- Step 2: locks what the claim takes. All claims lock in the order of ids, so that two of one fingerprint do not deadlock. A resource that
-- another claim, a delete or the expiry has changed meanwhile is judged as it is now.
CREATE FUNCTION claim_lock(subject uuid, of_fingerprint text, at_time timestamptz) RETURNS SETOF uuid LANGUAGE sql VOLATILE AS $$
  SELECT r.id FROM resources r
  WHERE r.status = 'active' AND (r.id = subject OR r.fingerprint = of_fingerprint) AND claim_takes(r, r.id = subject, of_fingerprint, at_time)
  ORDER BY r.id FOR UPDATE
$$;

-- Step 3: the account of an address. A first claim creates the user, a team, and the ownership of it; a later one leads to the home team.
-- Two first claims of one address meet in the user's row: DO UPDATE returns the row that the other one inserted.
CREATE FUNCTION claim_account(address text, new_user uuid, new_team uuid, new_name text, new_tier text, at_time timestamptz)
RETURNS TABLE (account_id uuid, home_id uuid, home_tier text) LANGUAGE sql VOLATILE AS $$
  WITH account AS (
    INSERT INTO users (id, email, home_team_id, created_at, last_signed_in_at) VALUES (new_user, address, new_team, at_time, at_time)
    ON CONFLICT (email) DO UPDATE SET last_signed_in_at = excluded.last_signed_in_at RETURNING id, home_team_id
  ), team AS (
    INSERT INTO teams AS known (id, name, tier, created_at) SELECT home_team_id, new_name, new_tier, at_time FROM account
    ON CONFLICT (id) DO UPDATE SET tier = known.tier RETURNING id, tier
  ), membership AS (
    INSERT INTO memberships (team_id, user_id, role, created_at)
    SELECT team.id, account.id, 'owner', at_time FROM team, account WHERE team.id = new_team ON CONFLICT DO NOTHING
  )
  SELECT account.id, team.id, team.tier FROM account, team
$$;

CREATE TYPE claim_moved AS (
  id uuid, kind text, generation integer, tier text, access text, old_scope text, from_team uuid, is_subject boolean,
  -- Of a rotation that begins with the claim; NULL when none does.
  rotate_generation integer,
  next_rotation integer
);

-- Step 4: moves locked resources to the team. Everything but the subject is attached provisionally. The limit job takes the next
-- generation, a rotation of the subject the one after it.
CREATE FUNCTION claim_move(subject uuid, locked uuid[], to_team uuid, to_tier text, rotates boolean, at_time timestamptz)
RETURNS SETOF claim_moved LANGUAGE sql VOLATILE AS $$
  UPDATE resources r SET
    team_id = to_team,
    tier = to_tier,
    expires_at = NULL,
    claimed_at = at_time,
    changed_at = at_time,
    attached_provisionally = was.id <> subject,
    admission_scope = 'team:' || to_team,
    previous_scope = claim_previous_scope(was),
    limit_generation = was.generation + 1,
    generation = was.generation + CASE WHEN rotates AND was.id = subject THEN 2 ELSE 1 END,
    rotate_generation = CASE WHEN rotates AND was.id = subject THEN was.generation + 2 ELSE was.rotate_generation END,
    rotation = claim_rotation(was, rotates AND was.id = subject)
  FROM resources was
  WHERE was.id = ANY (locked) AND r.id = was.id
  RETURNING r.id, r.kind, r.limit_generation, r.tier, engine_access(r), r.previous_scope, was.team_id, r.id = subject,
    CASE WHEN rotates AND r.id = subject THEN r.rotate_generation END, r.rotation + 1
$$;

-- The claim. `consumed` is false for a link that is not live; without `user_id` the subject was not free, and only the link is consumed.
CREATE FUNCTION claim_by_link(link_hash text, subject uuid, of_fingerprint text, rotates boolean, new_user uuid, new_team uuid,
  new_name text, new_tier text, at_time timestamptz, OUT consumed boolean, OUT user_id uuid, OUT team_id uuid, OUT moved claim_moved[])
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  address text := claim_use_link(link_hash, subject, at_time);
  locked uuid[];
  to_tier text;
BEGIN
  consumed := address IS NOT NULL;
  moved := '{}';
  IF NOT consumed THEN RETURN; END IF;
  locked := ARRAY(SELECT claim_lock(subject, of_fingerprint, at_time));
  IF subject <> ALL (locked) THEN RETURN; END IF;
  SELECT account_id, home_id, home_tier INTO user_id, team_id, to_tier
    FROM claim_account(address, new_user, new_team, new_name, new_tier, at_time);
  moved := ARRAY(SELECT m FROM claim_move(subject, locked, team_id, to_tier, rotates, at_time) AS m);
END
$$;
