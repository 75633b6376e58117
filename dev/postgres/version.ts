/** Orders version numbers such as 0.8.0-1: by their dotted numbers, the rest is ignored. */
export function isAtLeast(version: string, oldest: string): boolean {
  const numbers = (text: string): number[] => (/^\d+(?:\.\d+)*/.exec(text)?.[0] ?? "").split(".").map(Number);
  const have = numbers(version);
  for (const [index, wanted] of numbers(oldest).entries()) {
    const difference = (have[index] ?? 0) - wanted;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
