/** The data directory. It must have been made by this program, and one stack uses it at a time. */
import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type DataPaths, dataPaths } from "../paths.ts";
import { SetupError } from "../setup-error.ts";
import { removeServersFolder } from "./servers.ts";

const MARKER = ".instanode-data";
const MARKER_TEXT = "Made by instanode's `npm start`. `npm start -- --reset` deletes this directory.\n";
/** Other users may enter but not list it: PostgreSQL runs below it as a user of its own. Secrets are 0600. */
const DIRECTORY_MODE = 0o711;

/** Makes the directory, or accepts an empty one, and its folders. @throws SetupError when it holds other files */
export function openDataDirectory(directory: string): DataPaths {
  const path = resolve(directory);
  mkdirSync(path, { recursive: true });
  const dataDir = realpathSync(path);
  if (!isOurs(dataDir)) {
    if (readdirSync(dataDir).length > 0) throw notOurs(dataDir);
    writeFileSync(join(dataDir, MARKER), MARKER_TEXT);
  }
  chmodSync(dataDir, DIRECTORY_MODE);
  const paths = dataPaths(dataDir);
  for (const folder of [paths.logs, paths.run, paths.durableObjects]) mkdirSync(folder, { recursive: true });
  return paths;
}

/** Deletes it with everything in it, when it is there. @throws SetupError when this program did not make it */
export function removeDataDirectory(directory: string): void {
  if (!existsSync(directory)) return;
  const dataDir = realpathSync(directory);
  if (!isOurs(dataDir)) {
    if (readdirSync(dataDir).length > 0) throw notOurs(dataDir);
    return;
  }
  removeServersFolder(dataPaths(dataDir));
  rmSync(dataDir, { recursive: true });
}

const isOurs = (dataDir: string): boolean => existsSync(join(dataDir, MARKER));

const notOurs = (dataDir: string): SetupError =>
  new SetupError(`${dataDir} was not made by this program (it has no ${MARKER}) and is not empty.`, [
    "Name another place: npm start -- --data-dir DIR",
  ]);
