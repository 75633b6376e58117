-- Deploys: services, their releases, and the operations on them. No row holds a secret in clear: an operation's plan is ciphertext, and
-- only until the operation ends.

CREATE TABLE services (
  service_id uuid PRIMARY KEY,
  team_id uuid NOT NULL,
  app_id text NOT NULL,
  -- The newest generation seen: operations of older ones are refused.
  generation integer NOT NULL CHECK (generation >= 1),
  -- What the newest operation asked for. A deleted service stays as a tombstone, so that late jobs are refused.
  wanted text NOT NULL CHECK (wanted IN ('running', 'stopped', 'deleted')),
  -- The release that the route leads to, or led to before a stop.
  release integer,
  access jsonb,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  -- When nothing was left of it.
  deleted_at timestamptz
);
CREATE INDEX services_tombstones ON services (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE releases (
  service_id uuid NOT NULL REFERENCES services ON DELETE CASCADE,
  release integer NOT NULL CHECK (release >= 1),
  -- Whose image it runs: its own, or that of an earlier release.
  image_release integer NOT NULL,
  source_id uuid,
  -- Set before an image or a container is made and cleared after it was removed: what may exist.
  has_image boolean NOT NULL DEFAULT false,
  has_container boolean NOT NULL DEFAULT false,
  -- When the route first led to it.
  served_at timestamptz,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (service_id, release)
);

CREATE TABLE operations (
  operation_id uuid PRIMARY KEY,
  -- The order of arrival.
  number bigint GENERATED ALWAYS AS IDENTITY,
  -- The bridge that runs it: containers belong to one machine.
  bridge text NOT NULL,
  service_id uuid NOT NULL REFERENCES services ON DELETE CASCADE,
  team_id uuid NOT NULL,
  generation integer NOT NULL CHECK (generation >= 1),
  verb text NOT NULL,
  release integer,
  -- A JWE.
  plan text,
  -- Until the image of a build exists. Such an operation needs a place for builds to start, and has it while it runs.
  is_building boolean NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed')),
  -- The step that runs or failed.
  step text,
  -- The goal is reached and only clearing up is left: reported as succeeded.
  is_reached boolean NOT NULL DEFAULT false,
  -- The step that is undone next, after a failure.
  undo_step text,
  -- How often the step was begun.
  attempts integer NOT NULL DEFAULT 0,
  queue_position integer,
  failure jsonb,
  seq integer NOT NULL DEFAULT 1,
  -- The newest status that the Worker has taken.
  reported_seq integer NOT NULL DEFAULT 0,
  -- The process that runs it, until when it may.
  holder uuid,
  lease_until timestamptz,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  CONSTRAINT operations_keep_their_plan_until_the_end CHECK ((plan IS NULL) = (state IN ('succeeded', 'failed')))
);
CREATE INDEX operations_open ON operations (bridge, number) WHERE state IN ('queued', 'running');
CREATE INDEX operations_unreported ON operations (bridge, number) WHERE reported_seq < seq;
CREATE INDEX operations_finished ON operations (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX operations_by_service ON operations (service_id, number);
