import { randomBytes, randomUUID } from "node:crypto";
import type { Peer } from "@backstitch/core/testing";
import { signatureFault, type AwsCredentials } from "../aws/signature.ts";
import { element } from "../aws/xml.ts";
import { startPeer, type PeerAnswer, type PeerOptions, type PeerRequest } from "../server.ts";
import { sesError, sesResult } from "./errors.ts";
import { mailOf, readable } from "./mail.ts";
import { refusal, type SesAccount } from "./refusal.ts";

/** Who may use the stand-in, and how their account stands. */
export interface SesPeerOptions extends PeerOptions, SesAccount {
  /** Only this key pair is let in. @default any that signs */
  readonly credentials?: AwsCredentials;
}

/** A local SES: takes SendEmail of its first API (AWS Query, answers in XML), with SES's own codes. */
export function sesPeer(options: SesPeerOptions = {}): Promise<Peer> {
  const quota: Quota = { used: 0 };
  return startPeer(
    {
      handle: (request) => handle(request, options, quota),
      throttled: () => sesError("Throttling", "Maximum sending rate exceeded."),
      failed: (_request, status) =>
        status === 500
          ? sesError("InternalFailure", "We encountered an internal error. Please try again.")
          : sesError("ServiceUnavailable", "Service is temporarily unavailable."),
      refused: invalidKey,
    },
    options,
  );
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
  if (request.method !== "POST" || form.get("Action") !== "SendEmail") {
    return sesError("InvalidAction", `Could not find operation ${form.get("Action") ?? ""} for version ${form.get("Version") ?? ""}`);
  }
  return sendEmail(form, options, quota);
}

function sendEmail(form: URLSearchParams, account: SesAccount, quota: Quota): PeerAnswer {
  const mail = mailOf(form);
  const refused = refusal(mail, account, quota.used);
  if (refused !== undefined) return refused;
  const messageId = `${randomBytes(8).toString("hex")}-${randomUUID()}-000000`;
  const recipients = mail.to.length + mail.cc.length + mail.bcc.length;
  quota.used += recipients;
  const fields = { ...readable(mail), recipients, messageId };
  return { ...sesResult("SendEmail", element("MessageId", messageId)), received: { operation: "SendEmail", fields } };
}

function invalidKey(): PeerAnswer {
  return sesError("InvalidClientTokenId", "The security token included in the request is invalid.");
}
