/** The platform database over Neon's SQL-over-HTTP: one round trip per statement. */
import { NeonDbError, neon, neonConfig } from "@neondatabase/serverless";
import { DatabaseError, type PlatformDatabase } from "./database.ts";

const STATEMENT_TIMEOUT_MS = 8_000;

/**
 * @param url the platform database; its password stays in here
 * @param fetchEndpoint where to send SQL instead of the host in `url` (a development stand-in), or null
 */
export function createNeonDatabase(url: string, fetchEndpoint: string | null): PlatformDatabase {
  if (fetchEndpoint) neonConfig.fetchEndpoint = () => fetchEndpoint;
  const run = neon(url);
  return {
    async query({ text, values }) {
      try {
        return await run.query(text, [...values], { fetchOptions: { signal: AbortSignal.timeout(STATEMENT_TIMEOUT_MS) } });
      } catch (cause) {
        // The driver's error quotes statements and hosts, so it is kept as the cause only.
        throw new DatabaseError(cause instanceof NeonDbError ? (cause.code ?? null) : null, { cause });
      }
    },
  };
}
