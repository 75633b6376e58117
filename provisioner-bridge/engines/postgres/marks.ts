/** Comments by which a server shows what is ours. Every tenant can read them, so they name no resource and no caller. */

/** The comment on the role and the database of every tenant of one registry. */
export function ownerMark(registryId: string): string {
  return JSON.stringify({ owner: "instanode", registry: registryId });
}

/** The comment on a template that is complete. */
export const TEMPLATE_MARK = JSON.stringify({ owner: "instanode", template: "complete" });
