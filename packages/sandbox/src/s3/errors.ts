import { randomBytes } from "node:crypto";
import { element } from "../aws/xml.ts";
import type { CodedFault, PeerAnswer } from "../server.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList */
const ERRORS = {
  AccessDenied: [403, "Access Denied"],
  BadDigest: [400, "The Content-MD5 or checksum value that you specified did not match what the server received."],
  BucketAlreadyOwnedByYou: [409, "Your previous request to create the named bucket succeeded and you already own it."],
  ConditionalRequestConflict: [409, "The conditional request cannot succeed due to a conflicting operation against this resource."],
  EntityTooSmall: [400, "Your proposed upload is smaller than the minimum allowed object size."],
  IncompleteBody: [400, "You did not provide the number of bytes specified by the Content-Length HTTP header."],
  InternalError: [500, "We encountered an internal error. Please try again."],
  InvalidAccessKeyId: [403, "The AWS Access Key Id you provided does not exist in our records."],
  InvalidArgument: [400, "Invalid Argument"],
  InvalidPart: [400, "One or more of the specified parts could not be found."],
  KeyTooLongError: [400, "Your key is too long"],
  MetadataTooLarge: [400, "Your metadata headers exceed the maximum allowed metadata size"],
  MethodNotAllowed: [405, "The specified method is not allowed against this resource."],
  NoSuchBucket: [404, "The specified bucket does not exist"],
  NoSuchKey: [404, "The specified key does not exist."],
  NoSuchUpload: [404, "The specified upload does not exist."],
  NotImplemented: [501, "A header you provided implies functionality that is not implemented"],
  PreconditionFailed: [412, "At least one of the pre-conditions you specified did not hold"],
  ServiceUnavailable: [503, "Service is unable to handle request."],
  SignatureDoesNotMatch: [
    403,
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  ],
  SlowDown: [503, "Please reduce your request rate."],
  XAmzContentSHA256Mismatch: [400, "The provided 'x-amz-content-sha256' header does not match what was computed."],
} as const;

export type S3Code = keyof typeof ERRORS;

/** An error as S3 sends it. An answer to HEAD has no body, so only the status of it arrives. */
export function s3Error(code: S3Code): PeerAnswer {
  const [status, message] = ERRORS[code];
  return errorOf({ code, status, message });
}

/** Of codes that this stand-in has no reason of its own for. */
const STATUSES: Readonly<Record<string, number>> = {
  AccountProblem: 403,
  AllAccessDisabled: 403,
  InvalidPayer: 403,
  NotSignedUp: 403,
  OperationAborted: 409,
  PermanentRedirect: 301,
  RequestTimeTooSkewed: 403,
  TemporaryRedirect: 307,
  UserSuspended: 403,
};

/** An error that a test asks for, known or not. */
export function s3Coded({ code, message = "", status }: CodedFault): PeerAnswer {
  const usual = Object.hasOwn(ERRORS, code) ? ERRORS[code as S3Code][0] : STATUSES[code];
  return errorOf({ code, message, status: status ?? usual ?? 400 });
}

function errorOf({ code, message, status }: Required<Omit<CodedFault, "kind">>): PeerAnswer {
  const body = element("Code", code) + element("Message", message) + element("RequestId", requestId());
  return s3Xml(status, `<Error>${body}</Error>`);
}

/** An answer in XML. */
export function s3Xml(status: number, body: string): PeerAnswer {
  return {
    status,
    headers: { ...requestHeaders(), "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}

/** What every answer of S3 carries. */
export function requestHeaders(): { readonly [name: string]: string } {
  return { "x-amz-request-id": requestId(), server: "AmazonS3" };
}

function requestId(): string {
  return randomBytes(8).toString("hex").toUpperCase();
}
