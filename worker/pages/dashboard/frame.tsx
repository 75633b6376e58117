/** @jsxImportSource hono/jsx */
/** The frame of the dashboard: who is signed in, the way out, and its parts. */
import type { Child } from "hono/jsx";
import { plans, type Tier } from "../../../contract/plans.ts";
import type { Claimed } from "../../services/claim/transfer.ts";
import { Notice } from "../parts.tsx";
import { Frame, Navigation } from "../site.tsx";

/** Who looks at a page. */
export type Viewer = { email: string; team: { name: string; tier: Tier } };

const TABS = [
  ["/dashboard", "Resources"],
  ["/dashboard/usage", "Usage"],
  ["/dashboard/api-keys", "API keys"],
  ["/dashboard/audit", "Audit log"],
] as const;
export type Tab = (typeof TABS)[number][0];

type Props = {
  title: string;
  viewer: Viewer;
  tab: Tab;
  scripts?: readonly string[];
  /** Above the heading: back to where one came from. */
  crumb?: { href: string; label: string };
  /** Beside the heading. */
  beside?: Child;
  children?: Child;
};

export function Dashboard({ title, viewer, tab, scripts = [], crumb, beside, children }: Props) {
  return (
    <Frame
      title={title}
      isWide
      stylesheet="/docs/dashboard.css"
      scripts={scripts}
      aside={<Who viewer={viewer} />}
      tabs={<Navigation class="tabs" label="Dashboard" links={TABS} current={tab} />}
    >
      {crumb === undefined ? null : (
        <p class="crumb">
          <a href={crumb.href}>← {crumb.label}</a>
        </p>
      )}
      <div class="head">
        <h1>{title}</h1>
        {beside}
      </div>
      {children}
    </Frame>
  );
}

function Who({ viewer: { email, team } }: { viewer: Viewer }) {
  return (
    <div class="who">
      <span>
        {email} · {team.name} · {plans.tiers[team.tier].display_name}
      </span>
      <form method="post" action="/logout">
        <button type="submit" class="plain">
          Sign out
        </button>
      </form>
    </div>
  );
}

const CLAIMED = "What you claimed is yours now, without an end.";
/** What became of its password. */
const ROTATION = {
  none: ["", "Its address and password are as they were."],
  done: ["-rotated", "Its password is changed; the old one opens nothing any more. Its connection details hold the new one."],
  rekeyed: [
    "-rekeyed",
    "Its keys are changed; those given out before may work until they expire. Its connection details hold the new ones.",
  ],
  pending: [
    "-rotating",
    "Its password is still being changed: until that is done the old one may open it. Show its connection details, and it is done.",
  ],
} as const;
const ALONG = [
  "-along",
  "What else was made from your address is kept as well, to be confirmed: it is yours once its own upgrade_jwt says so.",
] as const;

/** Which notice says what a claim did. */
export function claimedCode({ along, rotation }: Claimed): string {
  return `claimed${ROTATION[rotation][0]}${along ? ALONG[0] : ""}`;
}

const CLAIMS = Object.values(ROTATION).flatMap(([code, words]) => [
  [`claimed${code}`, `${CLAIMED} ${words}`],
  [`claimed${code}${ALONG[0]}`, `${CLAIMED} ${words} ${ALONG[1]}`],
]);

/** What was done, after the redirect that followed it. Only what stands here is ever shown. */
const DONE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(CLAIMS),
  created: "It works now. The button below shows how to reach it.",
  deleted: "Deleted, with everything it stored.",
  rotated: "The password is changed; the old one opens nothing any more. Show the connection details for the new one.",
  confirmed: "Confirmed: it is wholly your team's now.",
  resumed: "Resumed, with the same address and password.",
  revoked: "Revoked. From now on that key opens nothing.",
};

/** @param done as the address says it */
export function Done({ done }: { done: string | null | undefined }) {
  const text = done && Object.hasOwn(DONE, done) ? DONE[done] : undefined;
  return text === undefined ? null : <Notice tone="good">{text}</Notice>;
}
