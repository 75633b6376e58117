-- Where the URL of each service leads (docs/deploys.md). Without an upstream the service is stopped: its URL answers 503 and not 404.
CREATE TABLE routes (
  app_id text PRIMARY KEY,
  service_id uuid NOT NULL,
  release integer NOT NULL,
  upstream text,
  is_private boolean NOT NULL,
  allowed_ips text[] NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now()
);
