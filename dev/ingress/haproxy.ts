/** HAProxy on this machine. Debian's is outside of an ordinary user's PATH. */
import { existsSync } from "node:fs";
import { onPath } from "../process/on-path.ts";

const DEBIANS = "/usr/sbin/haproxy";

export const findHaproxy = (): string | undefined => onPath("haproxy") ?? (existsSync(DEBIANS) ? DEBIANS : undefined);
