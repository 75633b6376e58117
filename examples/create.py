"""A database from Python, with the standard library only."""
import json
import os
import urllib.request

api = os.environ.get("INSTANODE_URL", "http://127.0.0.1:8787")
request = urllib.request.Request(
    f"{api}/db/new",
    data=json.dumps({"name": "python example"}).encode(),
    headers={"Content-Type": "application/json"},
    method="POST",
)
with urllib.request.urlopen(request, timeout=30) as response:
    resource = json.load(response)
print("psql", resource["connection_url"])
