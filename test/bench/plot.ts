/** Draws the latency of a create against the number of databases, as one SVG without anything from outside. Pure. */

type Pair = { p50: number; p95: number };
/** One round: so many databases were present when it began. Milliseconds. */
export type Point = { databases: number; warm: Pair; cold: Pair; raw: Pair };
type Curve = "warm" | "cold" | "raw";

const WIDTH = 860;
const HEIGHT = 420;
const LEFT = 64;
const RIGHT = 230;
const TOP = 48;
const BOTTOM = 52;
/** Colours that stay apart for the colour-blind (Okabe and Ito). */
const CURVES: Record<Curve, { label: string; colour: string }> = {
  warm: { label: "POST /db/new, pool full", colour: "#0072b2" },
  cold: { label: "POST /db/new, pool empty", colour: "#d55e00" },
  raw: { label: "raw SQL", colour: "#6b6b6b" },
};
const CURVE_NAMES: readonly Curve[] = ["warm", "cold", "raw"];

/** Median as a line with dots, 95th percentile dashed; milliseconds on a logarithmic axis. */
export function plotCreates(points: readonly Point[], subtitle: string): string {
  const all = points.flatMap((point) => CURVE_NAMES.flatMap((name) => [point[name].p50, point[name].p95]));
  const [low, high] = [decadeBelow(Math.min(...all)), decadeAbove(Math.max(...all))];
  const last = Math.max(...points.map(({ databases }) => databases));
  const x = (databases: number) => LEFT + (databases / last) * (WIDTH - LEFT - RIGHT);
  const y = (ms: number) => TOP + (1 - Math.log10(ms / low) / Math.log10(high / low)) * (HEIGHT - TOP - BOTTOM);
  const curves = CURVE_NAMES.map((name, index) => curve(points, name, { x, y, legendY: TOP + 8 + index * 40 }));
  const rows = gridValues(low, high).map(
    (ms) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${n(y(ms))}" y2="${n(y(ms))}" stroke="#e2e2e2"/>` +
      `<text x="${LEFT - 8}" y="${n(y(ms) + 4)}" text-anchor="end">${ms}</text>`,
  );
  const columns = points.map(
    ({ databases }) => `<text x="${n(x(databases))}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${databases}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#333" role="img" aria-label="Latency of a create against the number of databases">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="20" font-size="15" font-weight="600">A create, by the number of databases that exist</text>
<text x="${LEFT}" y="37" fill="#6b6b6b">${escapeText(subtitle)}</text>
${rows.join("\n")}
${columns.join("\n")}
<text x="${LEFT}" y="${HEIGHT - 12}">databases on the server</text>
<text transform="translate(16 ${HEIGHT - BOTTOM}) rotate(-90)">milliseconds, logarithmic</text>
${curves.join("\n")}
</svg>
`;
}

type Scales = { x: (databases: number) => number; y: (ms: number) => number; legendY: number };

function curve(points: readonly Point[], name: Curve, { x, y, legendY }: Scales): string {
  const { label, colour } = CURVES[name];
  const path = (share: keyof Pair) => points.map((point) => `${n(x(point.databases))},${n(y(point[name][share]))}`).join(" ");
  const dots = points.map((point) => `<circle cx="${n(x(point.databases))}" cy="${n(y(point[name].p50))}" r="3" fill="${colour}"/>`);
  const legendX = WIDTH - RIGHT + 16;
  return [
    `<polyline points="${path("p50")}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    `<polyline points="${path("p95")}" fill="none" stroke="${colour}" stroke-dasharray="4 4"/>`,
    ...dots,
    `<text x="${legendX}" y="${legendY}" fill="${colour}" font-weight="600">${label}</text>`,
    `<text x="${legendX}" y="${legendY + 15}" fill="${colour}">p50 ——   p95 - - -</text>`,
  ].join("\n");
}

const decadeBelow = (value: number): number => 10 ** Math.floor(Math.log10(value));
const decadeAbove = (value: number): number => 10 ** Math.ceil(Math.log10(value));

/** 1, 2, 5, 10, 20, 50 … between the two decades. */
function gridValues(low: number, high: number): number[] {
  const values: number[] = [];
  for (let decade = low; decade <= high; decade *= 10) values.push(decade, 2 * decade, 5 * decade);
  return values.filter((value) => value <= high);
}

/** Tenths of a pixel are enough, and keep two runs comparable. */
const n = (value: number): string => value.toFixed(1);

const escapeText = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
