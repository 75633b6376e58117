/** What there is to know of a kind that is data or a pure function. Its Worker side is `worker/kinds/<kind>.ts`. */
import { z } from "zod";
import type { ErrorCode } from "../errors.ts";
import type { HomeName } from "../homes.ts";

/** What the answer of a create holds of a grant, and what `links` adds. Secret. */
export type Credentials = Record<string, unknown>;

/**
 * What a claim or a rotation can change. `expiring_keys`: keys whose predecessors may work until they expire. Null: nothing.
 */
export type Secret = "password" | "keys" | "expiring_keys" | null;

/** `Limit`: the keys of `plans.yaml` it uses. -1 there is unlimited. */
export type Kind<Limit extends string = string> = {
  home: HomeName;
  /** Where it is created. */
  path: `/${string}/new`;
  limits: {
    /** The `limits` of its answer: name there → key in plans.yaml. */
    answer: Readonly<Record<string, Limit>>;
    /** What its home enforces; no limit where a key is left out. */
    tenant: { storage_mb: Limit; connections?: Limit; streams?: Limit };
    /** How many a team may have; left out where only the sum of all kinds is limited. */
    count?: Limit;
    /** Its rows in the price table: label → the limits shown in it, their unit told by the end of their name. */
    priced: Readonly<Record<string, readonly Limit[]>>;
  };
  /** What the next create is refused with while one of the owner's is over its size; left out: `quota_exceeded`. */
  overSize?: ErrorCode;
  /** The token alone lets its bearer write: put objects, post requests. */
  tokenWrites?: true;
  /** It stores requests, which its page lists. */
  keepsRequests?: true;
  /** What the answer shows of a grant: its two URLs and its details, all in one. */
  credentials: z.ZodObject;
  /** Which part of the credentials is secret: the same for all of a kind, or told by the credentials. */
  secret: Secret | ((credentials: Credentials) => Secret);
  /** What callers should know before they build on it; ends the answer's `note`. */
  note?: string;
  /** Addresses at our own API, which the answer holds beside the credentials. */
  links?: (resource: { publicUrl: string; token: string; credentials: Credentials }) => Record<string, unknown>;
  /** The environment variables made from credentials and links. `names`: as the documentation lists them. */
  variables: { names: readonly string[]; of: (fields: Credentials, publicUrl: string) => Record<string, string> };
  words: {
    label: string;
    /** What it is good for. */
    what: string;
    /** A name for the example of a create. */
    example: string;
    /** On the button that shows its credentials, and beside it; left out: address and password. */
    connect?: { what: string; button: string };
    /** What a person who claims it should know when nothing secret can change. */
    unchangeable?: string;
  };
  /** A shell command that tries it out, for kinds with a usual client; from the texts among its credentials and links. */
  tryIt?: (fields: Record<string, string>) => string;
  /** On the page that shows credentials. `hints`: what a field is for. `parts`: contained in another field. `hidden`: for agents only. */
  fields?: { hints?: Readonly<Record<string, string>>; parts?: readonly string[]; hidden?: readonly string[] };
};

/** What every tenant of an engine is reached by. */
export const urls = { connection_url: z.string(), internal_url: z.string() };

/** The variables that have a value. */
export function present(variables: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== ""));
}
