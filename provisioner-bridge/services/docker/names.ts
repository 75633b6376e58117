/** Names and labels of what the driver makes. A name is derived from the release, so that a retry finds what an earlier try made. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { ReleaseRef } from "../driver.ts";

export const PLATFORM_LABEL = "dev.instanode.platform";
const SERVICE_LABEL = "dev.instanode.service";
export const APP_LABEL = "dev.instanode.app";
const RELEASE_LABEL = "dev.instanode.release";

/** The kernel allows 15 characters for the name of an interface. */
const INTERFACE_PREFIX_CHARACTERS = 6;
const INTERFACE_HASH_CHARACTERS = 8;

/** The names of a bridge's interfaces begin like this. The firewall matches them by it, so no other interface may begin so. */
export const interfaces = (prefix: string): string => prefix.slice(0, INTERFACE_PREFIX_CHARACTERS);
/** Of the networks of builds, which reach less than apps. */
export const buildInterfaces = (prefix: string): string => `${interfaces(prefix)}b`;
const serviceInterfaces = (prefix: string): string => `${interfaces(prefix)}s`;

export type Names = ReturnType<typeof createNames>;

/** @param prefix of one bridge */
export function createNames(prefix: string) {
  const platform = { [PLATFORM_LABEL]: prefix };
  const buildNetworks = `${prefix}-build-`;
  return {
    image: ({ appId, release }: ReleaseRef) => `localhost/${prefix}/${appId}:${release}`,
    container: ({ appId, release }: ReleaseRef) => `${prefix}-${appId}-${release}`,
    network: (serviceId: string) => `${prefix}-${serviceId}`,
    buildNetwork: ({ appId, release }: ReleaseRef) => `${buildNetworks}${appId}-${release}`,
    /** The control group of a build's processes. */
    buildGroup: ({ appId, release }: ReleaseRef) => `/${prefix}-build/${appId}-${release}`,
    /** Of a network of these names. */
    interfaceOf(network: string) {
      const hash = createHash("sha256").update(network).digest("hex").slice(0, INTERFACE_HASH_CHARACTERS);
      return `${network.startsWith(buildNetworks) ? buildInterfaces(prefix) : serviceInterfaces(prefix)}${hash}`;
    },
    labels: ({ serviceId, appId, release }: ReleaseRef) => ({
      ...platform,
      [SERVICE_LABEL]: serviceId,
      [APP_LABEL]: appId,
      [RELEASE_LABEL]: String(release),
    }),
    networkLabels: (serviceId: string) => ({ ...platform, [SERVICE_LABEL]: serviceId }),
    platformLabels: platform,
    filter: { label: [`${PLATFORM_LABEL}=${prefix}`] },
    serviceFilter: (serviceId: string) => ({ label: [`${PLATFORM_LABEL}=${prefix}`, `${SERVICE_LABEL}=${serviceId}`] }),
  };
}

const refLabelsSchema = z.object({
  [SERVICE_LABEL]: z.uuid(),
  [APP_LABEL]: z.string(),
  [RELEASE_LABEL]: z.coerce.number().int(),
});

/** @returns null for labels of something else, for example of an image that a build took as its base */
export function refOfLabels(labels: unknown): ReleaseRef | null {
  const { data } = refLabelsSchema.safeParse(labels);
  return data === undefined ? null : { serviceId: data[SERVICE_LABEL], appId: data[APP_LABEL], release: data[RELEASE_LABEL] };
}

const serviceLabelSchema = z.object({ [SERVICE_LABEL]: z.uuid() });

export function serviceOfLabels(labels: unknown): string | null {
  return serviceLabelSchema.safeParse(labels).data?.[SERVICE_LABEL] ?? null;
}
