-- A tenant that the bridge itself has cut to read_only, because it is far over its size on a server that has no limit for it. The
-- bridge lifts what it has cut; a limit job of the platform decides anew and takes the note away.
ALTER TABLE tenants ADD COLUMN cut_at timestamptz;
