/** The configuration of a Ceph that is one monitor, one disk and one gateway on this machine: no manager, no copies. */
import { join } from "node:path";
import { HOST, SCANNED_PORTS } from "../ports.ts";

export interface CephSettings {
  /** The folder of all its files. */
  directory: string;
  monitorPort: number;
  gatewayPort: number;
  /** 16 characters: encrypts what STS puts into session tokens. Secret. */
  stsKey: string;
  /** True: objects are stored in a file and outlive the processes. False: in memory. */
  durable: boolean;
}

const GIB_BYTES = 1_073_741_824;
/** The size of a sparse file, which takes only the space of what is stored. */
const DISK_BYTES = 8 * GIB_BYTES;
const MEMORY_BYTES = 2 * GIB_BYTES;
const CACHE_BYTES = GIB_BYTES / 16;

export const configurationFile = (directory: string): string => join(directory, "ceph.conf");
export const keyringFile = (directory: string): string => join(directory, "keyring");
export const monitorDirectory = (directory: string): string => join(directory, "mon");
export const diskDirectory = (directory: string): string => join(directory, "osd");

export function cephConfiguration(settings: CephSettings): string {
  const { directory, monitorPort, gatewayPort, stsKey, durable } = settings;
  return `[global]
mon host = [v2:${HOST}:${monitorPort}]
public addr = ${HOST}
cluster addr = ${HOST}
ms bind ipv6 = false
ms bind msgr1 = false
ms bind port min = ${SCANNED_PORTS.first}
ms bind port max = ${SCANNED_PORTS.last}
# Without cephx the gateway waits for ever.
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = ${keyringFile(directory)}
run dir = ${directory}
admin socket =
# Errors only: the gateway would write every request it gets, with the signatures in it.
log file =
log to stderr = false
err to stderr = true
mon cluster log to stderr = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
# One monitor need not wait to hear what others propose: a first start makes eight pools, one after the other.
paxos propose interval = 0.05
paxos min wait = 0.01
mon max pg per osd = 1000
# A gateway that was killed is not waited for longer than this.
osd client watch timeout = 2
mon data avail crit = 1

[mon.a]
mon data = ${monitorDirectory(directory)}

[osd.0]
osd data = ${diskDirectory(directory)}
${durable ? diskLines() : memoryLines()}
[client.rgw]
# Without tcp_nodelay every answer to a POST waits 40 ms for an acknowledgement.
rgw frontends = beast endpoint=${HOST}:${gatewayPort} tcp_nodelay=1
rgw enable apis = s3, admin, sts, iam
rgw s3 auth use sts = true
rgw sts key = ${stsKey}
rgw thread pool size = 64
`;
}

function diskLines(): string {
  return `osd objectstore = bluestore
bluestore block create = true
bluestore block size = ${DISK_BYTES}
bluestore cache autotune = false
bluestore cache size = ${CACHE_BYTES}
`;
}

function memoryLines(): string {
  return `osd objectstore = memstore
memstore device bytes = ${MEMORY_BYTES}
# A stop that is asked for writes everything to files, for the next start; an accident loses it.
osd fast shutdown = false
`;
}
