-- Accounts: a team owns resources, a user signs in by e-mail. Every secret is a SHA-256 of 256 random bits; no token, link or key stands here.
CREATE TABLE teams (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  tier text NOT NULL,
  -- Off: no agent deletes a deployment of this team without the e-mail that confirms it.
  skip_confirmation_allowed boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL
);

CREATE TABLE users (
  id uuid PRIMARY KEY,
  -- Lower case.
  email text NOT NULL UNIQUE,
  -- The team a sign-in leads to. Stands here and not only in memberships, so that two first claims of one address meet in one row.
  home_team_id uuid NOT NULL REFERENCES teams,
  created_at timestamptz NOT NULL,
  last_signed_in_at timestamptz NOT NULL
);

CREATE TABLE memberships (
  team_id uuid NOT NULL REFERENCES teams,
  user_id uuid NOT NULL REFERENCES users,
  role text NOT NULL CHECK (role IN ('owner')),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (team_id, user_id)
);
CREATE UNIQUE INDEX memberships_one_owner ON memberships (team_id) WHERE role = 'owner';

-- The ledger of mails: a row before each is sent. What it is about stands here, so that a retry mints a link of its own.
CREATE TABLE forwarder_sent (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('claim', 'sign_in', 'claim_reminder')),
  email text NOT NULL,
  resource_id uuid,
  fingerprint text,
  team_name text,
  return_to text,
  -- Of a reminder: how many hours before the end it was due.
  reminder_hours integer,
  -- 'queued', 'accepted' by the relay, 'failed' for good, or what the relay's webhook said last.
  classification text NOT NULL CHECK (classification IN ('queued', 'accepted', 'failed', 'delivered', 'bounced_hard', 'bounced_soft',
    'rejected', 'complaint', 'deferred', 'unsubscribed', 'error')),
  attempts integer NOT NULL,
  -- When the cron may try; NULL once the relay took it or it is given up.
  next_attempt_at timestamptz,
  provider_message_id text UNIQUE,
  created_at timestamptz NOT NULL,
  sent_at timestamptz,
  delivered_at timestamptz,
  CONSTRAINT forwarder_sent_claims_name_their_resource CHECK (kind = 'sign_in' OR (resource_id IS NOT NULL AND fingerprint IS NOT NULL))
);
CREATE INDEX forwarder_sent_due ON forwarder_sent (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX forwarder_sent_by_age ON forwarder_sent (created_at);
CREATE INDEX forwarder_sent_claims ON forwarder_sent (resource_id, created_at) WHERE kind = 'claim';
-- One reminder of each sort for a resource, however often the cron looks.
CREATE UNIQUE INDEX forwarder_sent_one_reminder ON forwarder_sent (resource_id, reminder_hours) WHERE kind = 'claim_reminder';

-- When mails went to an address, or by a sender's wish: the moments of the last hour.
CREATE TABLE mail_limits (
  subject text PRIMARY KEY,
  recent timestamptz[] NOT NULL,
  last_at timestamptz NOT NULL
);
CREATE INDEX mail_limits_by_age ON mail_limits (last_at);

CREATE TABLE magic_links (
  -- Grows: says which of two links is the newer one.
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash text NOT NULL UNIQUE,
  mail_id uuid NOT NULL REFERENCES forwarder_sent ON DELETE CASCADE,
  email text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz
);
CREATE INDEX magic_links_by_email ON magic_links (email, id);
CREATE INDEX magic_links_by_mail ON magic_links (mail_id, id);
CREATE INDEX magic_links_by_age ON magic_links (created_at);

-- What a link is worth, told from the rows and not from a flag: of one address the newest three count, of one mail the newest one.
CREATE FUNCTION magic_link_state(link magic_links, at_time timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN link.consumed_at IS NOT NULL THEN 'used'
    WHEN link.expires_at <= at_time THEN 'expired'
    WHEN (SELECT count(*) FROM magic_links newer WHERE newer.email = link.email AND newer.id > link.id) >= 3 THEN 'superseded'
    WHEN EXISTS (SELECT 1 FROM magic_links newer WHERE newer.mail_id = link.mail_id AND newer.id > link.id) THEN 'superseded'
    ELSE 'live'
  END
$$;

CREATE TABLE sessions (
  jti uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users,
  team_id uuid NOT NULL REFERENCES teams,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX sessions_by_age ON sessions (expires_at);

CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES teams,
  user_id uuid NOT NULL REFERENCES users,
  name text NOT NULL,
  key_hash text NOT NULL UNIQUE,
  scopes text[] NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['read', 'write', 'admin']),
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX api_keys_by_team ON api_keys (team_id, created_at);

CREATE TABLE cli_logins (
  -- Stands in the URL a person opens; the secret that polls does not.
  id uuid PRIMARY KEY,
  poll_secret_hash text NOT NULL,
  user_id uuid REFERENCES users,
  team_id uuid REFERENCES teams,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  approved_at timestamptz
);
CREATE INDEX cli_logins_by_age ON cli_logins (expires_at);

-- Who did what, when: written by the statement that did it. actor_id is a user's or a key's.
CREATE TABLE audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES teams,
  actor_kind text NOT NULL CHECK (actor_kind IN ('session', 'key', 'holder', 'link', 'system')),
  actor_user_id uuid,
  actor_key_id uuid,
  action text NOT NULL,
  resource_id uuid,
  details jsonb NOT NULL DEFAULT '{}',
  request_id text,
  created_at timestamptz NOT NULL
);
CREATE INDEX audit_log_by_team ON audit_log (team_id, id);

ALTER TABLE resources
  ADD CONSTRAINT resources_team FOREIGN KEY (team_id) REFERENCES teams,
  -- Came along with the claim of another resource of the same fingerprint: only its own upgrade JWT makes it wholly the team's.
  ADD COLUMN attached_provisionally boolean NOT NULL DEFAULT false,
  ADD COLUMN claimed_at timestamptz,
  ADD CONSTRAINT resources_provisional_in_a_team CHECK (NOT attached_provisionally OR team_id IS NOT NULL OR status IN ('abandoned', 'dropped'));
CREATE INDEX resources_by_team ON resources (team_id, created_at, id) WHERE team_id IS NOT NULL;
