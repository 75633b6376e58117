-- How the container of the release that serves does: a row for each service whose container has ended by itself.
CREATE TABLE service_states (
  service_id uuid PRIMARY KEY REFERENCES services ON DELETE CASCADE,
  release integer NOT NULL,
  -- How often it was started again since this release began to serve.
  restarts integer NOT NULL DEFAULT 0,
  -- The ends that followed each other without ten minutes of running in between.
  ends integer NOT NULL DEFAULT 0,
  -- When it is started again; 'infinity' after it was stopped for good. Null while it runs.
  restart_at timestamptz,
  running_since timestamptz,
  -- Set while the service counts as failed.
  failure jsonb,
  -- Of the operation that the state follows: the Worker ignores a state that is older than its newest operation.
  generation integer NOT NULL,
  seq integer NOT NULL DEFAULT 0,
  reported_seq integer NOT NULL DEFAULT 0
);
CREATE INDEX service_states_unreported ON service_states (service_id) WHERE reported_seq < seq;
