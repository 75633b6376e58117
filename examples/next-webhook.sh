#!/usr/bin/env bash
# An inbox, and a wait for the next request in it: what an agent does between "register this URL" and "it was called".
set -euo pipefail
API=${INSTANODE_URL:-http://127.0.0.1:8787}

INBOX=$(curl -sS --fail-with-body -X POST "$API/webhook/new" -H "Content-Type: application/json" -d '{"name":"example"}')
RECEIVE_URL=$(jq -r .receive_url <<<"$INBOX")
REQUESTS="$API/api/v1/webhooks/$(jq -r .token <<<"$INBOX")/requests"
# Whoever has the URL may post; only this may read.
JWT=$(jq -r .upgrade_jwt <<<"$INBOX")

# Somebody calls, a moment later.
(sleep 1 && curl -sS -X POST "$RECEIVE_URL/push" -d '{"ref":"main"}' >/dev/null) &

# One request after another, each once: `after` of an answer goes into the next question. Here until the first one came.
AFTER=""
while :; do
  NEXT=$(curl -sS --fail-with-body "$REQUESTS/next?wait=30${AFTER:+&after=$AFTER}" -H "Authorization: Bearer $JWT")
  [ "$(jq -r .request <<<"$NEXT")" != null ] && break
  AFTER=$(jq -r '.after // empty' <<<"$NEXT")
done
jq -r '.request | "\(.method) \(.path): \(.body)"' <<<"$NEXT"
wait
