/**
 * `npm start -w provisioner-bridge`: checks the version of Node, then starts the bridge. Plain JavaScript, because an old Node cannot read
 * main.ts and its own message does not say what to do.
 */
import process from "node:process";

if (process.features.typescript) {
  await import("./main.ts");
} else {
  process.stderr.write(
    [
      `The bridge needs Node 22.18 or newer; this is Node ${process.versions.node}.`,
      "On Linux (x64, arm64) `npm ci --omit=dev -w provisioner-bridge` installs Node 24 from npm, unless optional packages are omitted,",
      "and `npm start -w provisioner-bridge` finds it. Elsewhere, install Node: https://nodejs.org/en/download",
      "",
    ].join("\n"),
  );
  process.exitCode = 1;
}
