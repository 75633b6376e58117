-- Whose object still has to forget a resource that a claim took away from it: told by the limit job that every claim brings.
ALTER TABLE resources ADD COLUMN previous_scope text;
