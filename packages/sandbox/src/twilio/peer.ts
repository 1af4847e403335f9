import { randomBytes } from "node:crypto";
import type { Peer } from "@backstitch/core/testing";
import { startPeer, type PeerAnswer, type PeerOptions, type PeerRequest, type Vendor } from "../server.ts";
import { post, type CallOptions, type IncomingMessage, type StatusCallback } from "./callbacks.ts";
import { json, twilioCoded, twilioError } from "./errors.ts";
import { listMessages } from "./list.ts";
import { delivered, newMessage, type Message } from "./message.ts";
import { refusal } from "./refusal.ts";

/** Who may use the stand-in. */
export interface TwilioPeerOptions extends PeerOptions {
  /** Only these are let in. @default any account with any token */
  readonly credentials?: { readonly accountSid: string; readonly authToken: string };
}

/** A stand-in that calls back when it is told to. Each answers the status that it was answered. */
export interface TwilioPeer extends Peer {
  /** Tells what became of a message at the address that it was created with. @throws Error where it has none */
  tell(callback: StatusCallback, options?: CallOptions): Promise<number>;
  /** Passes on a message that somebody wrote, to this address. */
  passOn(url: string, message: IncomingMessage, options?: CallOptions): Promise<number>;
}

/** A local Twilio: creates, fetches and lists messages, with Twilio's own codes and magic numbers. */
export async function twilioPeer(options: TwilioPeerOptions = {}): Promise<TwilioPeer> {
  const messages: Message[] = [];
  const vendor: Vendor = {
    handle: (request) => route(request, messages, options.credentials),
    throttled: () => twilioError(20429),
    failed: (_request, status) => twilioError(status === 500 ? 20500 : 20503),
    refused: () => unauthorized(),
    coded: twilioCoded,
  };
  const peer = await startPeer(vendor, options);
  const tokenOf = ({ authToken }: CallOptions = {}): string => authToken ?? options.credentials?.authToken ?? "";
  return {
    ...peer,
    tell({ sid, status, errorCode }, call) {
      const fields = peer.received().find((one) => one.fields["sid"] === sid)?.fields;
      const { StatusCallback: url, To = "", From = "" } = (fields ?? {}) as Readonly<Record<string, string | undefined>>;
      if (url === undefined) throw new Error(`The message ${sid} has no StatusCallback.`);
      const code = errorCode === undefined ? {} : { ErrorCode: String(errorCode) };
      const account = messages.find((message) => message.sid === sid)?.account_sid ?? "";
      const told = { AccountSid: account, MessageSid: sid, MessageStatus: status, SmsSid: sid, SmsStatus: status, To, From, ...code };
      return post(url, { ...told, ApiVersion: "2010-04-01" }, tokenOf(call), call?.via);
    },
    passOn(url, { from, to, body, optOutType }, call) {
      const wish = optOutType === undefined ? {} : { OptOutType: optOutType };
      return post(url, { From: from, To: to, Body: body, ...wish, SmsStatus: "received" }, tokenOf(call), call?.via);
    },
  };
}

const MESSAGES = /^\/2010-04-01\/Accounts\/(AC[0-9A-Za-z]+)\/Messages(?:\/((?:SM|MM)[0-9a-f]{32}))?\.json$/;

function route(request: PeerRequest, messages: Message[], credentials: TwilioPeerOptions["credentials"]): PeerAnswer {
  const [, account, sid] = MESSAGES.exec(request.path) ?? [];
  if (account === undefined) return twilioError(20404, request.path);
  if (!isLetIn(request, account, credentials)) return unauthorized();
  const ofAccount = messages.filter((message) => message.account_sid === account);
  if (sid !== undefined) {
    const found = ofAccount.find((message) => message.sid === sid);
    return found === undefined || request.method !== "GET" ? twilioError(20404, request.path) : json(200, delivered(found));
  }
  if (request.method === "GET") return json(200, listMessages(ofAccount.map(delivered), request));
  return request.method === "POST" ? create(request, account, messages) : twilioError(20404, request.path);
}

function create(request: PeerRequest, account: string, messages: Message[]): PeerAnswer {
  const form = new URLSearchParams(request.body.toString("utf8"));
  const at = new Date();
  const refused = refusal(form, at);
  if (refused !== undefined) return refused;
  const sid = `${form.has("MediaUrl") ? "MM" : "SM"}${randomBytes(16).toString("hex")}`;
  const message = newMessage({ account, sid, form, at });
  messages.push(message);
  const fields = Object.fromEntries([...new Set(form.keys())].map((name) => [name, form.getAll(name).join(" ")]));
  return { ...json(201, message), received: { operation: "messages.create", fields: { ...fields, sid } } };
}

/** The user name is the account itself or one of its API keys. */
function isLetIn(request: PeerRequest, account: string, credentials: TwilioPeerOptions["credentials"]): boolean {
  const given = /^Basic (.+)$/.exec(request.headers["authorization"] ?? "")?.[1] ?? "";
  const [user = "", ...rest] = Buffer.from(given, "base64").toString("utf8").split(":");
  const token = rest.join(":");
  if (credentials !== undefined) return user === credentials.accountSid && user === account && token === credentials.authToken;
  return token !== "" && (user === account || user.startsWith("SK"));
}

function unauthorized(): PeerAnswer {
  const answer = twilioError(20003);
  return { ...answer, headers: { ...answer.headers, "www-authenticate": 'Basic realm="Twilio API"' } };
}
