/** A mail goes out as Brevo's reference asks, and what comes back is believed only in its shape. */
import { describe, expect, it } from "vitest";
import { MailError } from "../../../worker/ports/mail.ts";
import { createBrevoMail } from "../../../worker/ports/mail-brevo.ts";

const MESSAGE = { to: "a@example.com", subject: "Hello", html: "<p>Hi</p>", text: "Hi", tag: "claim" };

function brevo(answer: () => Response | Promise<Response>) {
  const asked: Request[] = [];
  const mail = createBrevoMail({
    apiKey: "xkeysib-secret",
    sender: { name: "instanode", email: "login@instanode.dev" },
    fetch: async (input, init) => {
      asked.push(new Request(input as string, init as RequestInit));
      return answer();
    },
  });
  return { mail, asked };
}

describe("the Brevo adapter", () => {
  it("sends sender, recipient, both faces of the text and the tag, and answers the message's id", async () => {
    const { mail, asked } = brevo(() => Response.json({ messageId: "<1@relay>" }, { status: 201 }));
    expect(await mail.send(MESSAGE)).toEqual({ messageId: "<1@relay>" });
    const [request] = asked;
    expect([request?.method, request?.url, request?.headers.get("api-key")]).toEqual([
      "POST",
      "https://api.brevo.com/v3/smtp/email",
      "xkeysib-secret",
    ]);
    expect(await request?.json()).toEqual({
      sender: { name: "instanode", email: "login@instanode.dev" },
      to: [{ email: "a@example.com" }],
      subject: "Hello",
      htmlContent: "<p>Hi</p>",
      textContent: "Hi",
      tags: ["claim"],
    });
  });

  it.each<[string, boolean, () => Response | Promise<Response>]>([
    ["a bad request is final", false, () => Response.json({ code: "invalid_parameter" }, { status: 400 })],
    ["a refused key is put right one day", true, () => Response.json({}, { status: 401 })],
    ["too many requests pass", true, () => Response.json({}, { status: 429 })],
    ["a broken server is repaired", true, () => new Response("no", { status: 500 })],
    ["an answer without an id is none", true, () => Response.json({ ok: true }, { status: 201 })],
    ["an answer that is no JSON is none", true, () => new Response("<html>", { status: 201 })],
    ["nobody there", true, () => Promise.reject(new TypeError("network"))],
  ])("%s", async (_what, retryable, answer) => {
    const error = await brevo(answer)
      .mail.send(MESSAGE)
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(MailError);
    expect(error).toMatchObject({ retryable });
  });
});
