import { randomUUID } from "node:crypto";
import { element } from "../aws/xml.ts";
import type { CodedFault, PeerAnswer } from "../server.ts";

/** https://docs.aws.amazon.com/ses/latest/APIReference/CommonErrors.html and the errors of SendEmail, with their statuses. */
const STATUSES = {
  AccountSendingPausedException: 400,
  ConfigurationSetDoesNotExist: 400,
  InternalFailure: 500,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  InvalidParameterValue: 400,
  MessageRejected: 400,
  MissingAuthenticationToken: 403,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  TemplateDoesNotExist: 400,
  Throttling: 400,
  ValidationError: 400,
} as const;

export type SesCode = keyof typeof STATUSES;

const NAMESPACE = "http://ses.amazonaws.com/doc/2010-12-01/";

/** An error as SES sends it. */
export function sesError(code: SesCode, message: string): PeerAnswer {
  return errorOf({ code, message, status: STATUSES[code] });
}

/** An error that a test asks for, known or not. */
export function sesCoded({ code, message = "", status }: CodedFault): PeerAnswer {
  return errorOf({ code, message, status: status ?? (Object.hasOwn(STATUSES, code) ? STATUSES[code as SesCode] : 400) });
}

function errorOf({ code, message, status }: Required<Omit<CodedFault, "kind">>): PeerAnswer {
  const type = status < 500 ? "Sender" : "Receiver";
  const error = element("Type", type) + element("Code", code) + element("Message", message);
  return xml(status, `<ErrorResponse xmlns="${NAMESPACE}"><Error>${error}</Error>${element("RequestId", randomUUID())}</ErrorResponse>`);
}

/** The answer to an action that was done. */
export function sesResult(action: string, inner: string): PeerAnswer {
  const metadata = `<ResponseMetadata>${element("RequestId", randomUUID())}</ResponseMetadata>`;
  return xml(200, `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${inner}</${action}Result>${metadata}</${action}Response>`);
}

function xml(status: number, body: string): PeerAnswer {
  return { status, headers: { "content-type": "text/xml" }, body };
}
