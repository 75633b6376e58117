/** `npm run build`: bundles the Worker for both environments and fails when a bundle exceeds the size budget. */
import { buildWorker } from "./build-worker.ts";

/** Far below Cloudflare's limit (3 MB gzip on the free plan), so that growth is noticed. Raise it on purpose. */
const BUDGET_PLAIN_KIB = 2200;
const BUDGET_GZIP_KIB = 450;

const TARGETS = [
  { environment: "development", outdir: "dist/worker" },
  { environment: "production", outdir: "dist/worker-production" },
] as const;

for (const { environment, outdir } of TARGETS) {
  const { plainKib, gzipKib } = await buildWorker(environment, outdir);
  const fits = plainKib <= BUDGET_PLAIN_KIB && gzipKib <= BUDGET_GZIP_KIB;
  console.log(
    `bundle ${environment}: ${plainKib} KiB plain, ${gzipKib} KiB gzip (budget ${BUDGET_PLAIN_KIB}/${BUDGET_GZIP_KIB})${fits ? "" : " EXCEEDED"} → ${outdir}`,
  );
  if (!fits) process.exitCode = 1;
}
