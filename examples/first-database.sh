#!/usr/bin/env bash
# A database in one curl, used at once.
set -euo pipefail
API=${INSTANODE_URL:-http://127.0.0.1:8787}

URL=$(curl -sS --fail-with-body -X POST "$API/db/new" -H "Content-Type: application/json" -d '{"name":"example"}' | jq -r .connection_url)

psql "$URL" -v ON_ERROR_STOP=1 <<'SQL'
create extension if not exists vector;
create table items (id bigint generated always as identity primary key, title text, embedding vector(3));
create index on items using hnsw (embedding vector_l2_ops);
insert into items (title, embedding) values ('near', '[1,2,3]'), ('far', '[9,9,9]');
select title from items order by embedding <-> '[1,2,4]' limit 1;
SQL
