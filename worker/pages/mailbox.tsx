/** @jsxImportSource hono/jsx */
/** The inbox of development: mails are shown here instead of being sent. */
import { Site } from "./site.tsx";

type Mail = { id: string; to: string; subject: string; text: string; received_at: string };

const URL_IN_TEXT = /https?:\/\/\S+/g;

export function MailboxPage({ mails }: { mails: readonly Mail[] }) {
  return (
    <Site title="Mails on this machine">
      <p class="small">Development only: these mails were not sent. Newest first.</p>
      {mails.length === 0 ? <p>No mail yet.</p> : null}
      {mails.map((mail) => (
        <article>
          <h2>{mail.subject}</h2>
          <p class="small">
            to {mail.to}, {mail.received_at}
          </p>
          <pre>{mail.text}</pre>
          {[...mail.text.matchAll(URL_IN_TEXT)].map(([url]) => (
            <p>
              <a href={url}>{url}</a>
            </p>
          ))}
        </article>
      ))}
    </Site>
  );
}
