-- Engines other than PostgreSQL: a tenant's access is kept, so that a forgetful server gets back what it had.
ALTER TABLE tenants ADD COLUMN access text NOT NULL DEFAULT 'full' CHECK (access IN ('full', 'read_only', 'none'));

-- What is missing of a stranger differs from engine to engine.
ALTER TABLE quarantine ADD COLUMN is_whole boolean NOT NULL DEFAULT false, DROP COLUMN has_role, DROP COLUMN has_database;
