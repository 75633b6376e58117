/** Where tenants can live: on an engine of the bridge, or in an inbox object of the Worker's. */
import { ENGINES, type EngineFacts, type EngineName } from "./engines.ts";

export type HomeName = EngineName | "inbox";

export const HOMES: Readonly<Record<HomeName, Pick<EngineFacts, "softReadOnly">>> = { ...ENGINES, inbox: {} };
