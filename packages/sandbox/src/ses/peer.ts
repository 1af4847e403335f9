import { randomBytes, randomUUID } from "node:crypto";
import type { Peer } from "@backstitch/core/testing";
import { signatureFault, type AwsCredentials } from "../aws/signature.ts";
import { element } from "../aws/xml.ts";
import { startPeer, type PeerAnswer, type PeerOptions, type PeerRequest } from "../server.ts";
import { sesCoded, sesError, sesResult } from "./errors.ts";
import { mailOf, rawMailOf, readable, type Mail } from "./mail.ts";
import { snsStandIn, type SnsStandIn, type TopicOptions } from "../sns/stand-in.ts";
import { sesEvent, type SesEvent } from "./event.ts";
import { refusal, type SesAccount } from "./refusal.ts";
import { rendered } from "./template.ts";

/** Who may use the stand-in, and how their account stands. */
export interface SesPeerOptions extends PeerOptions, SesAccount {
  /** Only this key pair is let in. @default any that signs */
  readonly credentials?: AwsCredentials;
}

/** A stand-in with an SNS beside it, which posts SES's events when it is told to: its certificate is to be had here, too. */
export interface SesPeer extends Peer {
  readonly sns: Pick<SnsStandIn, "subscribe" | "publish" | "confirmed">;
  /** Tells what became of a mail. Answers the status that it was answered. @throws Error for a mail that was not sent here */
  tell(event: SesEvent, topic: TopicOptions): Promise<number>;
}

/** A local SES: takes SendEmail, SendTemplatedEmail and SendRawEmail of its first API (AWS Query, answers in XML), with SES's own codes. */
export async function sesPeer(options: SesPeerOptions = {}): Promise<SesPeer> {
  const quota: Quota = { used: 0 };
  const sns = snsStandIn();
  const peer = await startPeer(
    {
      handle: (request) => sns.answer(request) ?? handle(request, options, quota),
      throttled: () => sesError("Throttling", "Maximum sending rate exceeded."),
      failed: (_request, status) =>
        status === 500
          ? sesError("InternalFailure", "We encountered an internal error. Please try again.")
          : sesError("ServiceUnavailable", "Service is temporarily unavailable."),
      refused: invalidKey,
      coded: sesCoded,
    },
    options,
  );
  const mailOfId = (messageId: string) => {
    const found = peer.received().find(({ fields }) => fields["messageId"] === messageId);
    if (found === undefined) throw new Error(`There is no mail ${messageId}.`);
    return found;
  };
  return { ...peer, sns, tell: (event, topic) => sns.publish(JSON.stringify(sesEvent(event, mailOfId(event.messageId))), topic) };
}

/** Recipients so far. */
interface Quota {
  used: number;
}

function handle(request: PeerRequest, options: SesPeerOptions, quota: Quota): PeerAnswer {
  const fault = signatureFault(request, options.credentials);
  if (fault === "missing") return sesError("MissingAuthenticationToken", "Request is missing Authentication Token");
  if (fault === "unknown-key") return invalidKey();
  if (fault === "wrong") {
    return sesError("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.");
  }
  const form = new URLSearchParams(request.body.toString("utf8"));
  const action = request.method === "POST" ? (form.get("Action") ?? "") : "";
  if (action === "SendEmail") return take({ action, mail: mailOf(form) }, options, quota);
  if (action === "SendRawEmail") return take({ action, mail: rawMailOf(form) }, options, quota);
  if (action === "SendTemplatedEmail") return sendTemplated(form, options, quota);
  return sesError("InvalidAction", `Could not find operation ${form.get("Action") ?? ""} for version ${form.get("Version") ?? ""}`);
}

/** What cannot be rendered is accepted, and nothing becomes of it. */
function sendTemplated(form: URLSearchParams, account: SesAccount, quota: Quota): PeerAnswer {
  const name = form.get("Template") ?? "";
  const data = dataOf(form.get("TemplateData"));
  if (data === undefined) return sesError("InvalidParameterValue", "Template data is not JSON.");
  const template = account.templates?.[name];
  if (template === undefined && account.templates !== undefined)
    return sesError("TemplateDoesNotExist", `Template ${name} does not exist.`);
  const given = { subject: "", text: "", html: null };
  const content = template === undefined ? given : rendered(template, data);
  const mail = { ...mailOf(form), ...(content ?? given) };
  const answer = take({ action: "SendTemplatedEmail", mail, more: { template: name, data: JSON.stringify(data) } }, account, quota);
  if (content !== undefined) return answer;
  const { received: _, ...unseen } = answer;
  return unseen;
}

function dataOf(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

interface Asked {
  readonly action: string;
  readonly mail: Mail;
  readonly more?: { readonly [name: string]: string };
}

function take({ action, mail, more = {} }: Asked, account: SesAccount, quota: Quota): PeerAnswer {
  const refused = refusal(mail, account, quota.used);
  if (refused !== undefined) return refused;
  const messageId = `${randomBytes(8).toString("hex")}-${randomUUID()}-000000`;
  const recipients = mail.to.length + mail.cc.length + mail.bcc.length;
  quota.used += recipients;
  const fields = { ...readable(mail), ...more, recipients, messageId };
  return { ...sesResult(action, element("MessageId", messageId)), received: { operation: action, fields } };
}

function invalidKey(): PeerAnswer {
  return sesError("InvalidClientTokenId", "The security token included in the request is invalid.");
}
