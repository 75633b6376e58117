/** Lists of addresses and ports that the firewall lets containers reach: BUILD_EGRESS_ALLOW and APP_EGRESS_ALLOW. */
import { z } from "zod";

/** `10.0.0.5:5432`, `10.1.0.0/16:80-443`, `10.0.0.2:53/udp`; TCP where no protocol is named. */
const ENTRY_PATTERN = /^(?<network>[\d.]+(?:\/\d{1,2})?):(?<ports>\d{1,5}(?:-\d{1,5})?)(?:\/(?<protocol>tcp|udp))?$/;
const PORT_MAX = 65_535;

export type Egress = {
  /** An IPv4 network or address. */
  network: string;
  protocol: "tcp" | "udp";
  /** `5432` or `80-443`. */
  ports: string;
};

/** @returns null when the text is no entry */
function parseEntry(text: string): Egress | null {
  const { network = "", ports = "", protocol = "tcp" } = ENTRY_PATTERN.exec(text)?.groups ?? {};
  const [from = 0, to = from] = ports.split("-").map(Number);
  const isNetwork = z.union([z.ipv4(), z.cidrv4()]).safeParse(network).success;
  const arePorts = from >= 1 && from <= to && to <= PORT_MAX;
  return isNetwork && arePorts ? { network, protocol: protocol === "udp" ? "udp" : "tcp", ports } : null;
}

/** Entries are separated by commas. The same entry twice counts once. */
export const egressSchema = z.string().transform((text, context): Egress[] => {
  const entries = new Set(text.split(",").map((entry) => entry.trim()));
  entries.delete("");
  return [...entries].flatMap((entry) => {
    const parsed = parseEntry(entry);
    if (parsed === null) context.addIssue({ code: "custom", message: `${entry} is not like 10.0.0.5:5432 or 10.0.0.2:53/udp` });
    return parsed ?? [];
  });
});

export const egressText = ({ network, ports, protocol }: Egress): string => `${network}:${ports}${protocol === "udp" ? "/udp" : ""}`;
