/** The platform database over Neon's SQL-over-HTTP: one round trip a statement. */
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
        // The driver's own error quotes statements and hosts: it stays inside as the cause.
        throw new DatabaseError(cause instanceof NeonDbError ? (cause.code ?? null) : null, { cause });
      }
    },
  };
}
