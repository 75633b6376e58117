/** Where the URL of each service leads. */
import type { RouteAccess } from "../../contract/deploys.ts";

export type Route = { serviceId: string; release: number; upstream: string; access: RouteAccess };

export interface Routes {
  /** Idempotent. Requests that begin after it resolves go to the new upstream ("host:port"). */
  set(route: Route & { appId: string }): Promise<void>;
  /** Changes nothing where the service has no route. */
  setAccess(appId: string, access: RouteAccess): Promise<void>;
  remove(appId: string): Promise<void>;
  find(appId: string): Promise<Route | null>;
}
