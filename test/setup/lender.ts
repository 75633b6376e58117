/** Servers that test files share: each is started when the first file asks for it over HTTP, and stopped after the last file. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export type Lent = {
  /** What a test process must know of it; it crosses as JSON. */
  facts: unknown;
  dispose(): Promise<void>;
};

export type Lender = {
  readonly url: string;
  /** @throws the first error of a `dispose`, after all have ended */
  close(): Promise<void>;
};

/** @param start starts what a file asks for by this name (test/support/lent.ts); each name is started once */
export async function openLender(start: (name: string) => Promise<Lent>): Promise<Lender> {
  const started = new Map<string, Promise<Lent>>();
  const lend = (name: string): Promise<Lent> => {
    const known = started.get(name) ?? start(name);
    started.set(name, known);
    return known;
  };
  const server = createServer(({ url = "/" }, answer) => {
    lend(url.slice(1)).then(
      ({ facts }) => answer.end(JSON.stringify(facts)),
      (cause: unknown) => answer.writeHead(500).end(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)),
    );
  });
  const { port } = await listening(server);
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      const outcomes = await Promise.allSettled([...started.values()].map(async (lent) => (await lent).dispose()));
      const failed = outcomes.find((outcome) => outcome.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    },
  };
}

function listening(server: Server): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("the lender has no port"));
      else resolve(address);
    });
  });
}
