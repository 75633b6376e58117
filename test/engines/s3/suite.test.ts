/** The object store keeps what every engine promises, with temporary keys (a role a tenant) and with lasting ones (a user a tenant). */
import { describe } from "vitest";
import { describeLifecycle } from "../suite/lifecycle.ts";
import { useEngine } from "../suite/subject.ts";
import { subjectWith } from "./fixture.ts";

describe("prefix-scoped-temporary", () => describeLifecycle(useEngine(subjectWith())));
describe("prefix-scoped", () => describeLifecycle(useEngine(subjectWith({ OBJECT_STORE_MODE: "prefix-scoped" }))));
