// Create a database, connect, ask it for a nearest neighbour.
import pg from "pg";

const api = process.env.INSTANODE_URL ?? "http://127.0.0.1:8787";
const response = await fetch(`${api}/db/new`, { method: "POST", body: JSON.stringify({ name: "node example" }) });
const resource = await response.json();
if (!response.ok) throw new Error(`${resource.error}: ${resource.message}`);

const client = new pg.Client({ connectionString: resource.connection_url });
await client.connect();
await client.query("create table items (title text, embedding vector(3))");
await client.query("insert into items values ('near', '[1,2,3]'), ('far', '[9,9,9]')");
const { rows } = await client.query("select title from items order by embedding <-> $1 limit 1", ["[1,2,4]"]);
await client.end();

console.log(`nearest: ${rows[0].title}; the database lives until ${resource.expires_at}`);
