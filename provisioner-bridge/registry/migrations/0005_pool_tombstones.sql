-- A ready-made tenant that was removed leaves a tombstone, too: a list of the server that was made just before the drop still shows
-- it, and must not make a stranger of it.
ALTER TABLE tenants DROP CONSTRAINT tenants_belong_to_a_resource_unless_pooled;
ALTER TABLE tenants ADD CONSTRAINT tenants_belong_to_a_resource_unless_pooled
  CHECK (resource_id IS NOT NULL OR state IN ('filling', 'ready', 'dropping', 'dropped'));
DROP INDEX tenants_pool;
CREATE INDEX tenants_pool ON tenants (engine, created_at) WHERE resource_id IS NULL AND state <> 'dropped';
