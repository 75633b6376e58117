/** @jsxImportSource hono/jsx */
/** The last hour of an app as small plots, one bar for each minute. */
import type { AppMetrics, AppMinute } from "../../../contract/app-metrics.ts";

const WIDTH = 360;
const HEIGHT = 48;
const GAP = 1;
const MILLI = 1_000;

type Bar = { value: number; failed?: number };
type PlotProps = { title: string; unit: string; bars: readonly Bar[]; now: string };

/** @param metrics null: the platform could not read them now */
export function Metrics({ metrics }: { metrics: AppMetrics | null }) {
  return (
    <>
      <h2>Last hour</h2>
      {metrics === null ? <p class="small">The metrics cannot be read now.</p> : <Plots metrics={metrics} />}
    </>
  );
}

function Plots({ metrics: { minutes, restarts, limits } }: { metrics: AppMetrics }) {
  if (!minutes.some(isMeasured)) return <p class="small">Nothing was measured in the last hour.</p>;
  const last = minutes.findLast(isMeasured);
  const requests = minutes.map(({ requests: of }) => ({ value: sumOf(of), failed: of["5xx"] }));
  const total = requests.reduce((sum, { value }) => sum + value, 0);
  return (
    <>
      <div class="plots">
        <Plot title="Requests" unit="a minute" bars={requests} now={`${total} in the hour`} />
        <Plot
          title="Latency, p95"
          unit="ms"
          bars={minutes.map(({ latency_ms }) => ({ value: latency_ms?.p95 ?? 0 }))}
          now={last?.latency_ms ? `${last.latency_ms.p95} ms` : "no requests now"}
        />
        <Plot
          title="Processor"
          unit="thousandths"
          bars={minutes.map(({ cpu_millicores }) => ({ value: cpu_millicores ?? 0 }))}
          now={ofLimit(last?.cpu_millicores, limits?.cpu_millicores, (value) => `${value / MILLI}`)}
        />
        <Plot
          title="Memory"
          unit="MB"
          bars={minutes.map(({ memory_mb }) => ({ value: memory_mb ?? 0 }))}
          now={ofLimit(last?.memory_mb, limits?.memory_mb, (value) => `${value} MB`)}
        />
      </div>
      <p class="small">
        Restarts of this release: {restarts}. <code>GET …/metrics</code> has the same figures.
      </p>
    </>
  );
}

const sumOf = (requests: AppMinute["requests"]): number => Object.values(requests).reduce((sum, count) => sum + count, 0);
const isMeasured = ({ cpu_millicores, requests }: AppMinute): boolean => cpu_millicores !== null || sumOf(requests) > 0;

function ofLimit(value: number | null | undefined, limit: number | undefined, shown: (value: number) => string): string {
  if (value == null) return "not measured now";
  return limit === undefined ? shown(value) : `${shown(value)} of ${shown(limit)}`;
}

function Plot({ title, unit, bars, now }: PlotProps) {
  const most = Math.max(...bars.map(({ value }) => value));
  const step = WIDTH / bars.length;
  const heightOf = (value: number): number => (most === 0 ? 0 : Math.round((value / most) * HEIGHT * 10) / 10);
  const bar = (value: number, index: number, kind?: string) =>
    value === 0 ? null : <rect class={kind} x={index * step} y={HEIGHT - heightOf(value)} width={step - GAP} height={heightOf(value)} />;
  return (
    <figure class="plot">
      <figcaption>
        <strong>{title}</strong> <span class="small">{now}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title} in the last hour, ${unit}: at most ${most}`}>
        <line x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} />
        {bars.map(({ value }, index) => bar(value, index))}
        {bars.map(({ failed = 0 }, index) => bar(failed, index, "failed"))}
      </svg>
      <span class="small">
        at most {most} {unit}
      </span>
    </figure>
  );
}
