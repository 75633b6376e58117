import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { compare, isSuspicious } from "../../../provisioner-bridge/reconcile/findings.ts";
import type { Registered } from "../../../provisioner-bridge/reconcile/rows.ts";

const there = (name: string, isWhole = true) => ({ name, isWhole });
const row = (name: string, state: Registered["state"], settled = true): Registered => ({ resource_id: randomUUID(), name, state, settled });
const names = (rows: readonly { name: string }[]) => rows.map(({ name }) => name);

test("each difference between server and registry is found, and young rows are left alone", () => {
  const seen = [there("whole"), there("half", false), there("going"), there("gone_but_there"), there("stranger"), there("young_going")];
  const registered = [
    row("whole", "active"),
    row("half", "active"),
    row("absent", "active"),
    row("young_absent", "active", false),
    row("going", "dropping"),
    row("young_going", "dropping", false),
    row("gone", "dropped"),
    row("gone_but_there", "dropped"),
    row("never_finished", "creating"),
    row("in_the_making", "creating", false),
  ];
  const found = compare(seen, registered);
  expect(names(found.strangers)).toEqual(["stranger"]);
  expect(names(found.missing)).toEqual(["half", "absent"]);
  expect(names(found.undropped)).toEqual(["going", "gone_but_there"]);
  expect(names(found.stale)).toEqual(["never_finished"]);
  const onForgetful = compare(seen, registered, true);
  expect(names(onForgetful.missing)).toEqual(["half", "absent", "young_absent"]);
  expect(onForgetful).toEqual({ ...found, missing: onForgetful.missing });
});

test.each([
  [0, 0, false],
  [3, 3, false],
  [4, 4, true],
  [5, 100, false],
  [6, 100, true],
  [50, 1_000, false],
  [51, 1_000, true],
])("%i strangers among %i: suspicious is %s", (strangers, seen, expected) => {
  expect(isSuspicious(strangers, seen)).toBe(expected);
});
