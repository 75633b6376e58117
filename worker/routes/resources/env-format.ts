/** Environment variables as text: quoted so that whoever reads the format gets each value back, byte for byte. Pure. */
type Variables = Readonly<Record<string, string>>;

export const ENV_FORMATS = ["dotenv", "json", "shell"] as const;

/** Means itself to every reader of .env files, Docker's `--env-file` included, and to a shell. */
const PLAIN = /^[A-Za-z0-9_@%+:,./?=-]+$/;

/**
 * Quotes only where they are needed: Docker takes them for part of the value. Between single quotes everybody takes everything
 * literally, line breaks too; only a value that holds one itself is put between double quotes, with what would mean something escaped.
 */
export function dotenv(variables: Variables): string {
  return lines(variables, (name, value) => `${name}=${dotenvValue(value)}`);
}

function dotenvValue(value: string): string {
  if (PLAIN.test(value)) return value;
  return value.includes("'") ? `"${value.replaceAll(/[\\"$`]/g, "\\$&")}"` : `'${value}'`;
}

/** For `eval` and `.` in any POSIX shell: between single quotes nothing means anything but the quote that ends them. */
export function shell(variables: Variables): string {
  return lines(variables, (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}'`);
}

function lines(variables: Variables, line: (name: string, value: string) => string): string {
  return Object.entries(variables)
    .map(([name, value]) => `${line(name, value)}\n`)
    .join("");
}
