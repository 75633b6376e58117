/** Shows what comes into an inbox as it comes, newest first. The server renders it; without this script the page's link looks again. */
const GAP_MS = 1000;
const RETRY_FIRST_MS = 2000;
const RETRY_MAX_MS = 30_000;
const SHOWN_MAX = 100;
const NEW_MS = 2000;
const NO_CONTENT = 204;
/** Signed out, deleted, expired: asking again changes nothing. */
const OVER = new Set([401, 403, 404, 410]);
const WORDS = {
  came: "Listening",
  none: "Listening",
  lost: "Connection lost, trying again",
  over: "This inbox or your session has ended. Reload the page.",
};

class Tail {
  isOn = true;
  wake = () => undefined;
  asking = new AbortController();

  constructor(section) {
    this.url = section.dataset.tail;
    this.list = section.querySelector(".requests");
    this.state = section.querySelector("[data-tail-state]");
    this.empty = section.querySelector("[data-tail-empty]");
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "quiet compact";
    this.button.addEventListener("click", () => this.turn(!this.isOn));
    section.querySelector(".tail-controls a").replaceWith(this.button);
    document.addEventListener("visibilitychange", () => this.wake());
    this.turn(true);
  }

  turn(isOn) {
    this.isOn = isOn;
    this.button.textContent = isOn ? "Pause" : "Go on";
    this.say(isOn ? WORDS.none : "Paused");
    if (!isOn) this.asking.abort();
    this.wake();
  }

  /** A live region speaks at every change, so only at a change. */
  say(words) {
    if (this.state.textContent !== words) this.state.textContent = words;
  }

  async run() {
    let retryMs = RETRY_FIRST_MS;
    let outcome = "none";
    while (outcome !== "over") {
      await this.untilWanted();
      outcome = await this.ask();
      if (this.isOn || outcome === "over") this.say(WORDS[outcome]);
      await pause(outcome === "lost" ? retryMs : GAP_MS);
      retryMs = outcome === "lost" ? Math.min(retryMs * 2, RETRY_MAX_MS) : RETRY_FIRST_MS;
    }
    this.button.remove();
  }

  /** A page nobody looks at asks nothing. */
  async untilWanted() {
    while (!this.isOn || document.hidden) {
      await new Promise((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Whoever pauses while it waits is shown nothing more: what came meanwhile is asked for when it goes on. */
  async ask() {
    const asking = new AbortController();
    this.asking = asking;
    try {
      return await this.take(asking.signal);
    } catch {
      return asking.signal.aborted ? "none" : "lost";
    }
  }

  async take(signal) {
    const after = this.list.firstElementChild?.dataset.id;
    const response = await fetch(after === undefined ? this.url : `${this.url}?after=${after}`, { signal });
    if (OVER.has(response.status)) return "over";
    if (response.status === NO_CONTENT) return "none";
    if (!response.ok) return "lost";
    const html = await response.text();
    signal.throwIfAborted();
    this.show(html);
    return "came";
  }

  /** @param html rendered and escaped by our own server; the page's policy would run no script in it either */
  show(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const items = [...template.content.children];
    for (const item of items) item.classList.add("new");
    this.list.prepend(...items);
    while (this.list.children.length > SHOWN_MAX) this.list.lastElementChild.remove();
    this.list.hidden = false;
    this.empty.hidden = true;
    setTimeout(() => {
      for (const item of items) item.classList.remove("new");
    }, NEW_MS);
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

for (const section of document.querySelectorAll("[data-tail]")) {
  const tail = new Tail(section);
  tail.run().catch(() => tail.say(WORDS.over));
}
