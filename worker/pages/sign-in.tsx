/** @jsxImportSource hono/jsx */
/** Signing in and out, and approving a command-line tool. */
import { Site } from "./site.tsx";

export function SignInPage({ returnTo }: { returnTo: string | null }) {
  return (
    <Site title="Sign in">
      <form method="post" action="/login" class="form">
        {returnTo === null ? null : <input type="hidden" name="return_to" value={returnTo} />}
        <div>
          <label for="email">Your e-mail address</label>
          <input id="email" name="email" type="email" autocomplete="email" required maxlength={254} />
        </div>
        <button type="submit">Send me a link</button>
      </form>
      <p class="small">No account yet? Make a resource with one curl and claim it: the claim creates your account.</p>
    </Site>
  );
}

export function SignInSentPage() {
  return (
    <Site title="Check your inbox">
      <p>We sent you a link. It works once, for 15 minutes.</p>
      <p class="small">No mail? Check the spam folder, or wait: an address gets at most five mails an hour.</p>
    </Site>
  );
}

export function ConfirmSignInPage({ token, email }: { token: string; email: string }) {
  return (
    <Site title="Sign in">
      <form method="post" action="/auth/email/callback">
        <input type="hidden" name="t" value={token} />
        <button type="submit">Sign in as {email}</button>
      </form>
    </Site>
  );
}

export type ShownAccount = { email: string; team: { name: string; tier: string } };

export function ApproveCliPage({
  id,
  code,
  isApproved,
  account,
}: {
  id: string;
  code: string;
  isApproved: boolean;
  account: ShownAccount;
}) {
  if (isApproved) {
    return (
      <Site title="Done">
        <p>Your command-line tool is signed in. You can close this page.</p>
      </Site>
    );
  }
  return (
    <Site title="Approve a command-line tool?">
      <p>Your terminal shows this code. If it shows another code or none, close this page.</p>
      <p class="code">{code}</p>
      <form method="post" action={`/auth/cli/${id}/approve`}>
        <button type="submit">
          Yes, as {account.email} of {account.team.name}
        </button>
      </form>
      <p class="small">It gets an API key that can do everything your team can, until you revoke it.</p>
    </Site>
  );
}
