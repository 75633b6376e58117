/** Ceph's programs: a monitor, one disk and the gateway that speaks S3, and the tools that make them. Debian has them all. */
import { installPackages } from "../apt.ts";
import { onPath } from "../process/on-path.ts";
import type { ProgressSink } from "../progress.ts";

const PACKAGES = ["ceph-mon", "ceph-osd", "radosgw", "ceph-common"];
const NAMES = ["ceph-mon", "ceph-osd", "radosgw", "ceph", "ceph-authtool", "monmaptool", "radosgw-admin"] as const;

export type CephPrograms = Record<(typeof NAMES)[number], string>;

/** What is on the PATH; null unless all of it is. */
export function findCeph(): CephPrograms | null {
  const found = NAMES.map((name) => [name, onPath(name)] as const);
  // Every name was looked for and found, so the record is complete.
  return found.every(([, path]) => path !== undefined) ? (Object.fromEntries(found) as CephPrograms) : null;
}

/** @throws SetupError that says what to install where this may not */
export async function installCeph(log: ProgressSink): Promise<CephPrograms> {
  await installPackages(PACKAGES, "object storage (Ceph)", log);
  const found = findCeph();
  if (found === null) throw new Error(`the packages ${PACKAGES.join(" ")} brought not all of ${NAMES.join(" ")}`);
  return found;
}
