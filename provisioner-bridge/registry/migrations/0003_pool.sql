-- Ready-made tenants: rows without a resource until one is handed out. `filling` is being made, `ready` has been used to connect.
ALTER TABLE tenants ADD COLUMN proved_at timestamptz;
ALTER TABLE tenants DROP CONSTRAINT tenants_state_check;
ALTER TABLE tenants ADD CONSTRAINT tenants_state_check
  CHECK (state IN ('filling', 'ready', 'creating', 'active', 'dropping', 'dropped'));
ALTER TABLE tenants ADD CONSTRAINT tenants_belong_to_a_resource_unless_pooled
  CHECK (resource_id IS NOT NULL OR state IN ('filling', 'ready', 'dropping'));
CREATE INDEX tenants_pool ON tenants (engine, created_at) WHERE resource_id IS NULL;
