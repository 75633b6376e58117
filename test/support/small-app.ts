/** A small Node server, as a tar. */
import { gzipSync } from "node:zlib";
import { END, member } from "./tarballs.ts";

const DOCKERFILE = `FROM node:20
COPY package.json server.js ./
CMD ["node", "server.js"]
`;
/** It answers with the name of its container. */
const SERVER =
  'require("node:http").createServer((_request, response) => response.end(require("node:os").hostname())).listen(process.env.PORT);';

/** Each one differs, so that no build finds another's layers. */
export function sourceOf(mark: string): Buffer {
  const files = { Dockerfile: DOCKERFILE, "package.json": JSON.stringify({ name: mark }), "server.js": SERVER };
  return Buffer.concat([...Object.entries(files).map(([path, text]) => member({ path, data: Buffer.from(text) })), END]);
}

export const tarballOf = (tar: Buffer): Buffer => gzipSync(tar, { level: 1 });
