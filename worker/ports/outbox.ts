/** Jobs that must happen, handed to the outbox object of each resource. */
import type { OutboxObject } from "../../contract/outbox.ts";

/** All outbox objects together. `enqueue` returns when every job is stored; `revive` takes its limit for each object. */
export type OutboxPort = OutboxObject;
