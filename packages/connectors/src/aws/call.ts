import { ConnectorError } from "@backstitch/core/connector";
import { networkFailure } from "../shared/network-failure.ts";
import { retryAfterMs } from "../shared/retry-after.ts";
import { readingOf, type AwsVendor } from "./failures.ts";

/** The part of an SDK client that {@link answered} needs. */
interface SdkClient {
  readonly config: { readonly credentials: () => Promise<unknown> };
}

/**
 * Finds credentials, calls, and turns whatever is thrown into a ConnectorError. AWS's own words stay behind: they name addresses and keys.
 * Credentials are found first, because whatever fails there has sent nothing.
 */
export async function answered<Output>(vendor: AwsVendor, client: SdkClient, call: () => Promise<Output>): Promise<Output> {
  try {
    await client.config.credentials();
  } catch (error) {
    throw credentialsFailure(error);
  }
  try {
    return await call();
  } catch (error) {
    throw callFailure(vendor, error, Date.now());
  }
}

/** What the SDK throws, as far as it is looked at. */
interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: { readonly [name: string]: unknown } };
}

/** The names of JavaScript's own errors, and what the SDK says where it finds no code. */
const NOT_A_CODE = /^(?:(?:Syntax|Type|Range|Reference|URI)?Error|Unknown|UnknownException)$/;

/** A name that AWS could have given: anything else is not repeated. */
const CODE = /^[A-Za-z][A-Za-z0-9.#]{0,80}$/;

function callFailure(vendor: AwsVendor, error: unknown, now: number): ConnectorError {
  const thrown: SdkError = typeof error === "object" && error !== null ? error : {};
  const status = thrown.$metadata?.httpStatusCode;
  if (status === undefined) return beforeAnAnswer(vendor, thrown);
  const cut = networkFailure(thrown, vendor.name);
  if (cut !== undefined) return brokenOff(vendor, status);
  const code = typeof thrown.name === "string" && CODE.test(thrown.name) && !NOT_A_CODE.test(thrown.name) ? thrown.name : undefined;
  const message = typeof thrown.message === "string" ? thrown.message : "";
  const [outcome, says, restMs] = readingOf(vendor, { code, status, message });
  const wait = retryAfterMs(thrown.$response?.headers?.["retry-after"], now) ?? restMs;
  return new ConnectorError(
    outcome,
    code === undefined ? `${vendor.name.toUpperCase()}_HTTP_${status}` : `${vendor.name.toUpperCase()}_${code}`,
    `${vendor.name} answered ${status}${code === undefined ? "" : ` ${code}`}: ${says}.`,
    outcome === "rejected" || outcome === "locked-out" ? undefined : wait,
  );
}

/** The status arrived and the rest did not. A refusal is still one, though why is not known: SES and EventBridge say "too fast" with a 400 too. */
function brokenOff({ name }: AwsVendor, status: number): ConnectorError {
  const code = `${name.toUpperCase()}_ANSWER_BROKEN_OFF`;
  return status >= 400 && status < 500
    ? new ConnectorError("unavailable", code, `${name} refused with ${status}, and its answer broke off before it had said why.`)
    : new ConnectorError("uncertain", code, `${name} answered ${status}, and its answer broke off.`);
}

function beforeAnAnswer(vendor: AwsVendor, error: SdkError): ConnectorError {
  const name = vendor.name;
  if (typeof error.message === "string" && error.message.includes("did not establish a connection")) {
    return new ConnectorError("unavailable", "NETWORK_CONNECT_TIMEOUT", `${name} could not be reached: the connection took too long.`);
  }
  const cut = networkFailure(error, name);
  if (cut !== undefined) return cut;
  if (error.name === "EndpointError") {
    return new ConnectorError(
      "locked-out",
      "AWS_ENDPOINT_INVALID",
      `${name} has no address by this configuration; look at region and endpoint.`,
    );
  }
  if (neverSent(error)) {
    return new ConnectorError("rejected", `${name.toUpperCase()}_REQUEST_INVALID`, `${name}: the request cannot be written as it is.`);
  }
  return new ConnectorError("uncertain", `${name.toUpperCase()}_UNKNOWN`, `${name}: the request failed in a way that is not known.`);
}

const NEVER_SENT = /^ERR_(?:INVALID|HTTP_INVALID|UNESCAPED)_/;

/** Node and the SDK refuse what HTTP cannot carry before a byte is written. */
function neverSent({ name, code }: SdkError): boolean {
  return name === "URIError" || (name === "TypeError" && (code === undefined || (typeof code === "string" && NEVER_SENT.test(code))));
}

function credentialsFailure(error: unknown): ConnectorError {
  const { name, $metadata }: SdkError = typeof error === "object" && error !== null ? error : {};
  const status = $metadata?.httpStatusCode;
  if (name !== "CredentialsProviderError" && (status === undefined || status >= 429)) {
    return new ConnectorError("unavailable", "AWS_CREDENTIALS_UNAVAILABLE", "AWS credentials could not be fetched just now.");
  }
  const hint = "Give accessKeyId and secretAccessKey, or let the environment, a profile or a role provide them.";
  return new ConnectorError("locked-out", "AWS_CREDENTIALS_MISSING", `No usable AWS credentials were found. ${hint}`);
}
