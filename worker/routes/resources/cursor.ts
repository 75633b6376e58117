/** The start of the next page of a list of resources, as text. */
import type { ResourcePage } from "../../services/resources/list.ts";

type Position = NonNullable<ResourcePage["next"]>;

/** The creation time of the last resource of a page, in ms since 1970, and its id. */
export const CURSOR = /^(\d{1,14})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function cursorOf({ createdAt, id }: Position): string {
  return `${createdAt.getTime()}.${id}`;
}

/** @returns null for any other text */
export function readCursor(text: string): Position | null {
  const [, ms, id] = CURSOR.exec(text) ?? [];
  return ms === undefined || id === undefined ? null : { createdAt: new Date(Number(ms)), id };
}
