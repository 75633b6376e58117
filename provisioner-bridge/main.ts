/** The provisioner bridge as a program. */
import { startBridge } from "./bridge.ts";
import { EnvironmentError, readEnv } from "./env.ts";
import { createLog } from "./log.ts";
import { systemClock } from "./ports/clock.ts";
import { systemRandom } from "./ports/random.ts";

async function main(): Promise<void> {
  const env = readEnv();
  const log = createLog(env.LOG_LEVEL).child({ bridge: env.BRIDGE_ID });
  const bridge = await startBridge(env, { clock: systemClock, random: systemRandom, log });
  log.info({ url: bridge.url, servers: bridge.engines.flatMap(({ servers }) => servers) }, "the bridge listens");

  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, "the bridge stops: running jobs may finish");
    bridge.close().then(
      () => process.exit(0),
      (err: unknown) => {
        log.error({ err }, "the bridge did not stop cleanly");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

try {
  await main();
} catch (error) {
  if (error instanceof EnvironmentError) process.stderr.write(`${error.message}\n`);
  else createLog("info").fatal({ err: error }, "the bridge could not start");
  process.exit(1);
}
