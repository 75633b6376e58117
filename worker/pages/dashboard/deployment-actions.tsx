/** @jsxImportSource hono/jsx */
/** The forms that change a deployment. */
import type { DeployItem } from "../../services/deploys/item.ts";
import { DEPLOYMENTS } from "./deployments.tsx";

type Props = { item: DeployItem };

export const pathOf = ({ app_id }: Pick<DeployItem, "app_id">, action: string): string => `${DEPLOYMENTS}/${app_id}/${action}`;

/** What its status allows now. */
export function Controls({ item }: Props) {
  const { status } = item;
  const isSettled = status === "healthy" || status === "failed";
  return (
    <div class="buttons">
      {isSettled ? <Button item={item} action="redeploy" label="Redeploy" /> : null}
      {status === "healthy" ? <Button item={item} action="stop" label="Stop" isQuiet /> : null}
      {status === "stopped" ? <Button item={item} action="start" label="Start" /> : null}
    </div>
  );
}

function Button({ item, action, label, isQuiet = false }: Props & { action: string; label: string; isQuiet?: boolean }) {
  return (
    <form method="post" action={pathOf(item, action)}>
      <button type="submit" class={isQuiet ? "quiet" : undefined}>
        {label}
      </button>
    </form>
  );
}

export function VariableForm({ item }: Props) {
  return (
    <details class="act">
      <summary>Set a variable…</summary>
      <div>
        <p>The next release has the new value. The running one keeps its own until you redeploy.</p>
        <form method="post" action={pathOf(item, "variables")} class="form">
          <div>
            <label for="variable-name">Name</label>
            <input
              id="variable-name"
              name="name"
              required
              pattern="[A-Z_][A-Z0-9_]*"
              title="Upper-case letters, digits and underscores, not starting with a digit"
              placeholder="LOG_LEVEL"
              autocomplete="off"
              spellcheck={false}
            />
          </div>
          <div>
            <label for="variable-value">Value</label>
            <textarea id="variable-value" name="value" autocomplete="off" autocapitalize="none" spellcheck={false} />
            <small>An empty value deletes the variable.</small>
          </div>
          <button type="submit">Set it</button>
        </form>
      </div>
    </details>
  );
}

export function DeleteForm({ item }: Props) {
  return (
    <>
      <h2>Delete</h2>
      <details class="act">
        <summary>Delete it…</summary>
        <div>
          <p>
            The running app, its images, logs and variables, and everything it wrote to its disk are deleted permanently, and its URL stops
            answering. Bound resources are kept. This cannot be undone.
          </p>
          <form method="post" action={pathOf(item, "delete")} class="form">
            <div>
              <label for="confirm-name">
                Type its name, <code>{item.name}</code>
              </label>
              <input id="confirm-name" name="name" required autocomplete="off" autocapitalize="none" spellcheck={false} />
            </div>
            <button type="submit" class="danger">
              Delete for good
            </button>
          </form>
        </div>
      </details>
    </>
  );
}
