/** @jsxImportSource hono/jsx */
/** Renders a mail as HTML without external resources, and as plain text. */
export type MailContent = {
  subject: string;
  /** Paragraphs, in order. */
  lines: string[];
  /** List items, one line each. */
  list?: string[];
  /** The button. */
  action?: { label: string; url: string };
  /** Small print. */
  footer: string[];
};

export type RenderedMail = { subject: string; html: string; text: string };

// Mail programs ignore stylesheets, so the style is in each element. They choose dark colours themselves.
const BODY = "margin:0;padding:24px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif";
const BOX = "max-width:34rem;margin:0 auto";
const BUTTON =
  "display:inline-block;padding:12px 20px;border-radius:6px;background:#0b63ce;color:#ffffff;text-decoration:none;font-weight:600";
const SMALL = "font-size:14px;color:#6b7683";

export function renderMail(content: MailContent): RenderedMail {
  return { subject: content.subject, html: `<!DOCTYPE html>${String(<Page {...content} />)}`, text: plainText(content) };
}

function Page({ subject, lines, list = [], action, footer }: MailContent) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{subject}</title>
      </head>
      <body style={BODY}>
        <div style={BOX}>
          <p>
            <strong>instanode</strong>
          </p>
          {lines.map((line) => (
            <p>{line}</p>
          ))}
          {list.length === 0 ? null : (
            <ul>
              {list.map((item) => (
                <li>{item}</li>
              ))}
            </ul>
          )}
          {action === undefined ? null : <Action {...action} />}
          {footer.map((line) => (
            <p style={SMALL}>{line}</p>
          ))}
        </div>
      </body>
    </html>
  );
}

function Action({ label, url }: { label: string; url: string }) {
  return (
    <>
      <p>
        <a href={url} style={BUTTON}>
          {label}
        </a>
      </p>
      <p style={SMALL}>
        Or open this address: <a href={url}>{url}</a>
      </p>
    </>
  );
}

function plainText({ lines, list = [], action, footer }: MailContent): string {
  const items = list.length === 0 ? [] : [list.map((item) => `- ${item}`).join("\n")];
  const button = action === undefined ? [] : [`${action.label}:\n${action.url}`];
  return `${["instanode", ...lines, ...items, ...button, ...footer].join("\n\n")}\n`;
}
