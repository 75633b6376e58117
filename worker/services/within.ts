/** A bound on waiting. */

export class TimeoutError extends Error {
  constructor(timeoutMs: number) {
    super(`nothing came within ${timeoutMs} ms`);
    this.name = "TimeoutError";
  }
}

/** What `promise` brings within `timeoutMs`. It is not cancelled, only not waited for. @throws TimeoutError */
export async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TimeoutError(timeoutMs)), timeoutMs);
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
