/** Environment variables as text, quoted so that every reader of the format gets each value back byte for byte. Pure. */
type Variables = Readonly<Record<string, string>>;

export const ENV_FORMATS = ["dotenv", "json", "shell"] as const;

/** Needs no quotes in .env files, in Docker's `--env-file` and in a shell. */
const PLAIN = /^[A-Za-z0-9_@%+:,./?=-]+$/;

/**
 * Quotes only where needed: Docker treats quotes as part of the value. All readers take text between single quotes literally, line
 * breaks included. A value with a single quote is put between double quotes, with special characters escaped.
 */
export function dotenv(variables: Variables): string {
  return lines(variables, (name, value) => `${name}=${dotenvValue(value)}`);
}

function dotenvValue(value: string): string {
  if (PLAIN.test(value)) return value;
  return value.includes("'") ? `"${value.replaceAll(/[\\"$`]/g, "\\$&")}"` : `'${value}'`;
}

/** For `eval` and `.` in any POSIX shell: between single quotes only the closing quote is special. */
export function shell(variables: Variables): string {
  return lines(variables, (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}'`);
}

function lines(variables: Variables, line: (name: string, value: string) => string): string {
  return Object.entries(variables)
    .map(([name, value]) => `${line(name, value)}\n`)
    .join("");
}
