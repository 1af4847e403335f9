import { createHmac } from "node:crypto";

/** What of a message Twilio tells at its status callback. */
export interface StatusCallback {
  /** The `sid` of a message that was created here. */
  readonly sid: string;
  /** `sent`, `delivered`, `undelivered`, `failed` … */
  readonly status: string;
  /** Of one that did not arrive. */
  readonly errorCode?: number;
}

/** A message that somebody wrote to a number of the account. */
export interface IncomingMessage {
  readonly from: string;
  readonly to: string;
  readonly body: string;
  /** What Twilio takes it for. */
  readonly optOutType?: "STOP" | "START" | "HELP";
}

/** What stands between Twilio and whoever is called. */
export interface CallOptions {
  /** Called instead of the scheme, host and port of the address that is signed, as a proxy would: `http://127.0.0.1:8080`, and what else stands before `/receipts`. */
  readonly via?: string;
  /** Signed with, instead of the account's. */
  readonly authToken?: string;
}

/** The request as Twilio signs it. https://www.twilio.com/docs/usage/webhooks/webhooks-security */
export async function post(
  url: string,
  fields: Readonly<Record<string, string>>,
  authToken: string,
  via: string | undefined,
): Promise<number> {
  const signed = Object.keys(fields)
    .sort()
    .reduce((text, name) => `${text}${name}${fields[name] ?? ""}`, url);
  const signature = createHmac("sha1", authToken).update(signed, "utf8").digest("base64");
  const response = await fetch(via === undefined ? url : url.replace(/^.*?(?=\/receipts\/)/, via), {
    method: "POST",
    headers: { "x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded; charset=UTF-8" },
    body: new URLSearchParams(fields),
    redirect: "error",
  });
  await response.arrayBuffer();
  return response.status;
}
