/** The identity of this build. `wrangler --define` puts the three constants into the bundle. */
import packageJson from "../package.json" with { type: "json" };

export type Build = { commitId: string; buildTime: string; version: string };

declare const BUILD_COMMIT_ID: string | undefined;
declare const BUILD_TIME: string | undefined;
declare const BUILD_VERSION: string | undefined;

/** `typeof` because outside a bundle (tests, scripts) the names do not exist. */
export const build: Build = {
  commitId: typeof BUILD_COMMIT_ID === "string" ? BUILD_COMMIT_ID : "unknown",
  buildTime: typeof BUILD_TIME === "string" ? BUILD_TIME : "unknown",
  version: typeof BUILD_VERSION === "string" ? BUILD_VERSION : packageJson.version,
};
