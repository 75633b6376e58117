/** An administrator's connection to a local Redis. */
import { createClient } from "@redis/client";

const CONNECT_TIMEOUT_MS = 2_000;

/** Throws unless the server answers and has read its data. */
export async function answersRedis(url: string): Promise<void> {
  const client = createClient({
    url,
    disableClientInfo: true,
    maintNotifications: "disabled",
    socket: { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false },
  });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.destroy();
  }
}
