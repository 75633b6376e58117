/** @jsxImportSource hono/jsx */
/** The frame of the dashboard: the signed-in user, sign-out, and the tabs. */
import type { Child } from "hono/jsx";
import { plans, type Tier } from "../../../contract/plans.ts";
import type { Claimed } from "../../services/claim/transfer.ts";
import { Notice } from "../parts.tsx";
import { Frame, Navigation } from "../site.tsx";

/** The signed-in user of a page. */
export type Viewer = { email: string; team: { name: string; tier: Tier } };

const TABS = [
  ["/dashboard", "Resources"],
  ["/dashboard/deployments", "Deployments"],
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
  /** The link back, above the heading. */
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

const CLAIMED = "The claimed resource belongs to your team now and does not expire.";
/** The result for its password. */
const ROTATION = {
  none: ["", "Its address and password have not changed."],
  done: ["-rotated", "Its password is changed, and the old one no longer works. Its connection details show the new one."],
  rekeyed: ["-rekeyed", "Its keys are changed. Older keys may work until they expire. Its connection details show the new ones."],
  pending: [
    "-rotating",
    "The change of its password is in progress; the old one may still work. Showing its connection details completes the change.",
  ],
} as const;
const ALONG = [
  "-along",
  "Other resources made from your address are kept, too. Confirm each with its own upgrade_jwt to make it yours.",
] as const;

/** The name of the notice about a claim. */
export function claimedCode({ along, rotation }: Claimed): string {
  return `claimed${ROTATION[rotation][0]}${along ? ALONG[0] : ""}`;
}

const CLAIMS = Object.values(ROTATION).flatMap(([code, words]) => [
  [`claimed${code}`, `${CLAIMED} ${words}`],
  [`claimed${code}${ALONG[0]}`, `${CLAIMED} ${words} ${ALONG[1]}`],
]);

/** The notices after a redirect. Only these texts are shown. */
const DONE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(CLAIMS),
  created: "It works now. The button below shows how to connect.",
  deleted: "Deleted, with all its data.",
  rotated: "The password is changed, and the old one no longer works. The connection details show the new one.",
  confirmed: "Confirmed: it belongs to your team now.",
  resumed: "Resumed, with the same address and password.",
  revoked: "Revoked. The key no longer works.",
  variable_set: "Stored. The next release has it: redeploy to use it now.",
  redeploying: "The new release is under way. The earlier one answers until it is healthy.",
  rolling_back: "The rollback is under way. The running release answers until it is healthy.",
  stopping: "Stopping. Its URL stops answering; image, variables and URL are kept.",
  starting: "Starting, with the variables of now.",
  deployment_deleted: "Deleted. Its containers, images and logs are being removed.",
};

/** @param done from the address of the page */
export function Done({ done }: { done: string | null | undefined }) {
  const text = done && Object.hasOwn(DONE, done) ? DONE[done] : undefined;
  return text === undefined ? null : <Notice tone="good">{text}</Notice>;
}
