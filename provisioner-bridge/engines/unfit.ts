/** A server that must not get tenants until its operator changes something. */
export class UnfitServer extends Error {
  constructor(reason: string, options?: { cause?: unknown }) {
    super(`this server cannot keep tenants apart: ${reason}`, options);
    this.name = "UnfitServer";
  }
}
