/** Where the next page of a list of resources begins, as text. */
import type { ResourcePage } from "../../services/resources/list.ts";

type Position = NonNullable<ResourcePage["next"]>;

/** When the last resource of a page was made, in ms since 1970, and its id. */
export const CURSOR = /^(\d{1,14})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function cursorOf({ createdAt, id }: Position): string {
  return `${createdAt.getTime()}.${id}`;
}

/** @returns null for what is no cursor */
export function readCursor(text: string | undefined): Position | null {
  const [, ms, id] = CURSOR.exec(text ?? "") ?? [];
  return ms === undefined || id === undefined ? null : { createdAt: new Date(Number(ms)), id };
}
