import { randomUUID } from "node:crypto";
import type { Peer } from "@backstitch/core/testing";
import { signatureFault, type AwsCredentials } from "../aws/signature.ts";
import { startPeer, type PeerAnswer, type PeerOptions, type PeerRequest } from "../server.ts";
import { entryBytes, failed, isComplete, readable, resultOf, type EntryResult, type WireEntry } from "./entry.ts";

/** Who may use the stand-in, and how it takes entries. */
export interface EventBridgePeerOptions extends PeerOptions {
  /** Only this key pair is let in. @default any that signs */
  readonly credentials?: AwsCredentials;
  /** The buses that there are. @default any name */
  readonly buses?: readonly string[];
  /** The first entries fail with these codes, one each, in an answer of 200: `["InternalFailure"]`. @default none */
  readonly entryFailures?: readonly string[];
}

const MAX_ENTRIES = 10;
const MAX_REQUEST_BYTES = 1_048_576;

/** A local EventBridge: takes PutEvents (AWS JSON 1.1), judges each entry by itself, with EventBridge's own codes. */
export function eventbridgePeer(options: EventBridgePeerOptions = {}): Promise<Peer> {
  const failures = [...(options.entryFailures ?? [])];
  return startPeer(
    {
      handle: (request) => refusal(request, options.credentials) ?? putEvents(request, options.buses, failures),
      throttled: () => error(400, "ThrottlingException", "Rate exceeded"),
      failed: (_request, status) =>
        status === 500 ? error(500, "InternalException", "Internal failure") : error(503, "ServiceUnavailable", "Service is unavailable"),
      refused: invalidKey,
      coded: ({ code, message = "", status = 400 }) => error(status, code, message),
    },
    options,
  );
}

function refusal(request: PeerRequest, credentials: AwsCredentials | undefined): PeerAnswer | undefined {
  const fault = signatureFault(request, credentials);
  if (fault === "missing") return error(400, "MissingAuthenticationTokenException", "Missing Authentication Token");
  if (fault === "unknown-key") return invalidKey();
  if (fault === "wrong")
    return error(400, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided.");
  return request.headers["x-amz-target"] === "AWSEvents.PutEvents" ? undefined : error(400, "UnknownOperationException", "");
}

function putEvents(request: PeerRequest, buses: readonly string[] | undefined, failures: string[]): PeerAnswer {
  const entries = entriesOf(request.body.toString("utf8"));
  if (entries === undefined) return error(400, "SerializationException", "The request cannot be read.");
  const invalid = validation(entries);
  if (invalid !== undefined) return error(400, "ValidationException", invalid);
  const results = entries.map((entry): EntryResult => {
    const wanted = failures.shift();
    return wanted === undefined ? resultOf(entry, buses) : failed(wanted, "It fails because it was told to.");
  });
  const received = results.flatMap((result, index) =>
    "EventId" in result ? [{ operation: "PutEvents", fields: readable(entries[index] ?? {}, result.EventId) }] : [],
  );
  return { ...json(200, { FailedEntryCount: results.length - received.length, Entries: results }), received };
}

function entriesOf(body: string): readonly WireEntry[] | undefined {
  try {
    const { Entries } = JSON.parse(body) as { Entries?: unknown };
    return Array.isArray(Entries) ? (Entries as WireEntry[]) : undefined;
  } catch {
    return undefined;
  }
}

function validation(entries: readonly WireEntry[]): string | undefined {
  const constraint = "failed to satisfy constraint: Member must have length";
  if (entries.length === 0) return `1 validation error detected: Value '[]' at 'entries' ${constraint} greater than or equal to 1`;
  if (entries.length > MAX_ENTRIES)
    return `1 validation error detected: Value at 'entries' ${constraint} less than or equal to ${MAX_ENTRIES}`;
  if (!entries.some(isComplete)) return "Source, DetailType and Detail are required.";
  const bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
  return bytes < MAX_REQUEST_BYTES ? undefined : "Total size of the entries in the request is over the limit.";
}

function invalidKey(): PeerAnswer {
  return error(400, "UnrecognizedClientException", "The security token included in the request is invalid.");
}

function error(status: number, code: string, message: string): PeerAnswer {
  return json(status, { __type: code, message });
}

function json(status: number, body: object): PeerAnswer {
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": randomUUID() },
    body: JSON.stringify(body),
  };
}
