/** The app that is measured: a process of its own, as a container's is. Says its port on a line of its own. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const server = createServer((_request, response) => response.end("hello world"));
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
