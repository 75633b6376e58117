/** The object store keeps what every engine promises, with temporary keys (a role a tenant) and with lasting ones (a user a tenant). */
import { describe } from "vitest";
import { describeLifecycle } from "../suite/lifecycle.ts";
import { useEngine } from "../suite/subject.ts";
import { subjectOf } from "./fixture.ts";

// One role for all is not here: its keys die by expiring, not by a drop or a rotation (docs/limits.md, and shared-role.test.ts).
describe.each(["a role each", "a user each"] as const)("%s", (setup) => describeLifecycle(useEngine(subjectOf(setup))));
