-- Whether the Dockerfile has a RUN instruction: only then is it worth to keep the layers of a build.
ALTER TABLE sources ADD COLUMN has_run boolean NOT NULL DEFAULT true;
