// Sends every message back. Any other request is answered with a line of text, so that the app answers on its port.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const server = createServer((_request, response) => response.end("connect with a WebSocket\n"));
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket) => socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })));
server.listen(Number(process.env.PORT ?? 8080));
