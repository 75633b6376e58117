/** Whether an HTTP server answers. */
import { get } from "node:http";

const ANSWER_TIMEOUT_MS = 2_000;

/** True for a response of any status. `address`: "host:port". Never rejects. */
export function answersHttp(address: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { agent: false, timeout: ANSWER_TIMEOUT_MS, signal, headers: { "user-agent": "instanode-probe" } };
    const request = get(`http://${address}/`, options, (response) => {
      resolve(true);
      response.destroy();
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
    request.on("close", () => resolve(false));
  });
}
