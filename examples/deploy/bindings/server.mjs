// Uses every resource it is bound to, and answers what came of it. Which ones: the variables of docs/deploys.md, e.g. DATABASE_URL.
import { createServer } from "node:http";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { connect, credsAuthenticator } from "@nats-io/transport-node";
import { createClient } from "@redis/client";
import { MongoClient } from "mongodb";
import pg from "pg";

const env = process.env;

async function postgres() {
  const client = new pg.Client({ connectionString: env.DATABASE_URL });
  await client.connect();
  const { rows } = await client.query("select 'postgres' as answer");
  await client.end();
  return rows[0].answer;
}

async function redis() {
  const client = createClient({ url: env.REDIS_URL, socket: { reconnectStrategy: false } });
  await client.connect();
  const key = `${env.REDIS_KEY_PREFIX}answer`;
  await client.set(key, "redis");
  const answer = await client.get(key);
  client.destroy();
  return answer;
}

async function mongodb() {
  const client = new MongoClient(env.MONGODB_URI);
  const answers = client.db().collection("answers");
  await answers.insertOne({ answer: "mongodb" });
  const { answer } = await answers.findOne({ answer: "mongodb" });
  await client.close();
  return answer;
}

async function nats() {
  const authenticator = credsAuthenticator(new TextEncoder().encode(env.NATS_CREDS_CONTENT));
  const connection = await connect({ servers: env.NATS_URL, reconnect: false, ignoreClusterUpdates: true, authenticator });
  const subscription = connection.subscribe(`${env.NATS_SUBJECT_PREFIX}.answer`, { max: 1 });
  connection.publish(`${env.NATS_SUBJECT_PREFIX}.answer`, "nats");
  const { value } = await subscription[Symbol.asyncIterator]().next();
  await connection.close();
  return value.string();
}

async function s3() {
  // The keys come from AWS_ACCESS_KEY_ID and its sisters.
  const client = new S3Client({ endpoint: env.S3_ENDPOINT, region: env.AWS_REGION, forcePathStyle: true });
  const object = { Bucket: env.S3_BUCKET, Key: `${env.S3_PREFIX}/answer` };
  await client.send(new PutObjectCommand({ ...object, Body: "s3" }));
  const { Body } = await client.send(new GetObjectCommand(object));
  return Body.transformToString();
}

const uses = { DATABASE_URL: postgres, REDIS_URL: redis, MONGODB_URI: mongodb, NATS_URL: nats, S3_ENDPOINT: s3 };

createServer(async (_request, response) => {
  const bound = Object.entries(uses).filter(([variable]) => env[variable] !== undefined);
  const answers = await Promise.all(bound.map(([, use]) => use().catch((error) => `${error.name}: ${error.message}`)));
  const report = Object.fromEntries(bound.map(([, use], index) => [use.name, answers[index]]));
  const ok = Object.entries(report).every(([name, answer]) => name === answer);
  response.writeHead(ok ? 200 : 500, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ ok, ...report }));
}).listen(Number(env.PORT ?? 8080));
