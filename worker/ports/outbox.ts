/** Jobs that must happen, given to the outbox object of each resource. */
import type { OutboxObject } from "../../contract/outbox.ts";

/** All outbox objects together. `enqueue` returns once every job is kept; `revive` takes its limit for each object. */
export type OutboxPort = OutboxObject;
