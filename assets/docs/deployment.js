/** Keeps the page of a deployment fresh while a release is under way, and follows its logs. Without this script the page shows the state at its load. */
const REFRESH_MS = 2000;
const REFRESH_MAX_MS = 30_000;
const REOPEN_MS = 2000;
const LINES_MAX = 5000;
/** Nearer to the end than this counts as at the end, in pixels. */
const END_SLACK = 24;
/** Signed out or deleted: asking again changes nothing. */
const OVER = new Set([401, 403, 404, 410]);
/** Colours and cursor moves, which a page shows as garbage. */
const CONTROL = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g");

const facts = () => document.querySelector("[data-changing]")?.dataset;

class Log {
  source = null;
  isOver = false;

  constructor(details) {
    this.details = details;
    this.state = details.querySelector("[data-log-state]");
    this.pane = details.querySelector("pre");
    details.addEventListener("toggle", () => this.update());
    this.update();
  }

  update() {
    if (!this.details.open) this.close();
    else if (this.source === null && !this.isOver) this.open();
  }

  /** Shows the log from its beginning, for instance that of a new release. */
  restart() {
    this.close();
    this.isOver = false;
    this.update();
  }

  open() {
    this.pane.replaceChildren();
    this.pane.hidden = true;
    this.say("Connecting");
    this.source = new EventSource(this.details.dataset.log);
    this.source.onopen = () => this.say("Live");
    this.source.onmessage = ({ data }) => (data === "[end]" ? this.end() : this.add(data));
    // While it is reconnecting the browser sends the id of the last line, so none comes twice.
    this.source.onerror = () => this.failed();
  }

  close() {
    this.source?.close();
    this.source = null;
  }

  failed() {
    if (this.source?.readyState !== EventSource.CLOSED) return this.say("Connection lost, trying again");
    this.close();
    this.isOver = true;
    this.say("The log cannot be read now. Reload the page to try again.");
  }

  end() {
    this.close();
    this.isOver = true;
    const isEmpty = this.pane.childNodes.length === 0;
    this.say(isEmpty ? "No lines yet." : "Ended.");
    // A build that waits for its turn has no log yet.
    if (isEmpty && facts()?.changing === "yes") setTimeout(() => this.restart(), REOPEN_MS);
  }

  add(line) {
    const { pane } = this;
    const isAtEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < END_SLACK;
    pane.hidden = false;
    pane.append(`${line.replaceAll(CONTROL, "")}\n`);
    while (pane.childNodes.length > LINES_MAX) pane.firstChild.remove();
    if (isAtEnd) pane.scrollTop = pane.scrollHeight;
  }

  /** A live region speaks at every change, so only at a change. */
  say(words) {
    if (this.state.textContent !== words) this.state.textContent = words;
  }
}

const logs = [...document.querySelectorAll("[data-log]")].map((details) => new Log(details));

/** @returns whether there is more to ask for */
async function refresh() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
  if (OVER.has(response.status) || response.type === "opaqueredirect") return false;
  if (!response.ok) throw new Error(`${response.status}`);
  const before = { ...facts() };
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (next !== null && next.innerHTML !== part.innerHTML) part.replaceChildren(...next.childNodes);
  }
  const now = facts();
  for (const log of logs) {
    const isNewBuild = log.details.dataset.source === "build" && now.release !== before.release;
    const isNewApp = log.details.dataset.source === "run" && now.status !== before.status && now.status === "healthy";
    if (isNewBuild || isNewApp) log.restart();
  }
  return now.changing === "yes";
}

/** A hidden page asks nothing. */
function untilShown() {
  if (!document.hidden) return undefined;
  return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

async function follow() {
  let waitMs = REFRESH_MS;
  let isChanging = facts()?.changing === "yes";
  while (isChanging) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    await untilShown();
    try {
      isChanging = await refresh();
      waitMs = REFRESH_MS;
    } catch {
      waitMs = Math.min(waitMs * 2, REFRESH_MAX_MS);
    }
  }
}

await follow();
