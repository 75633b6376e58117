/** Commands that are allowed before a login. */
import type { Answer, Call, CommandTable } from "../command.ts";
import { MESSAGE_MAX_BYTES } from "../wire/frames.ts";

/** What a standalone MongoDB 7.0 says; drivers choose their behaviour by it. */
const VERSION = "7.0.0";
const WIRE_VERSION_MAX = 21;
const DOCUMENT_MAX_BYTES = 16_777_216;
/** DocumentDB's own. */
const WRITE_BATCH_MAX = 25_000;
const SESSION_TIMEOUT_MINUTES = 30;
/** Tells the stand-in from the real thing. */
export const GIT_VERSION = "instanode-stand-in";

function hello({ world, session, args }: Call): Answer {
  return {
    helloOk: true,
    isWritablePrimary: true,
    ismaster: true,
    maxBsonObjectSize: DOCUMENT_MAX_BYTES,
    maxMessageSizeBytes: MESSAGE_MAX_BYTES,
    maxWriteBatchSize: WRITE_BATCH_MAX,
    localTime: world.now(),
    logicalSessionTimeoutMinutes: SESSION_TIMEOUT_MINUTES,
    connectionId: session.id,
    minWireVersion: 0,
    maxWireVersion: WIRE_VERSION_MAX,
    readOnly: false,
    ...(args.saslSupportedMechs === undefined ? {} : { saslSupportedMechs: ["SCRAM-SHA-256"] }),
  };
}

const build = (): Answer => ({
  version: VERSION,
  versionArray: VERSION.split(".").map(Number).concat(0),
  gitVersion: GIT_VERSION,
  maxBsonObjectSize: DOCUMENT_MAX_BYTES,
});
const nothing = (): Answer => ({});

export const GREETING: CommandTable = {
  hello: { needs: "nothing", run: hello },
  isMaster: { needs: "nothing", run: hello },
  ismaster: { needs: "nothing", run: hello },
  ping: { needs: "nothing", run: nothing },
  buildInfo: { needs: "nothing", run: build },
  buildinfo: { needs: "nothing", run: build },
  whatsmyuri: { needs: "nothing", run: ({ session }) => ({ you: session.address }) },
  endSessions: { needs: "nothing", run: nothing },
};
