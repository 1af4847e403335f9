import { ConnectorError } from "@backstitch/core/connector";

/** The connection was never made, so nothing was sent. */
const NOT_SENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ENOTFOUND: "its host name is not known",
  EAI_AGAIN: "its host name could not be looked up",
  EHOSTUNREACH: "its host cannot be reached",
  ENETUNREACH: "its network cannot be reached",
  EHOSTDOWN: "its host is down",
  ENETDOWN: "the network is down",
  EADDRNOTAVAIL: "no local port is free",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  UND_ERR_CONNECT_TIMEOUT: "the connection took too long",
  EPROTO: "the TLS handshake failed",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  CERT_REVOKED: "its certificate was revoked",
  CERT_UNTRUSTED: "its certificate is not trusted",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not trusted",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not trusted",
  UNABLE_TO_GET_ISSUER_CERT: "its certificate is not trusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not trusted",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "the TLS handshake failed",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "the TLS handshake failed",
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: "the TLS handshake failed",
};

/** The request may have been read. */
const MAYBE_SENT: Readonly<Record<string, string>> = {
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ECONNABORTED: "the request took too long",
  ETIMEDOUT: "the request took too long",
  ESOCKETTIMEDOUT: "the request took too long",
  UND_ERR_SOCKET: "the connection was cut",
  UND_ERR_CLOSED: "the connection was cut",
  UND_ERR_DESTROYED: "the connection was cut",
  UND_ERR_HEADERS_TIMEOUT: "the request took too long",
  UND_ERR_BODY_TIMEOUT: "the answer took too long",
  UND_ERR_ABORTED: "the attempt was ended",
  ABORT_ERR: "the attempt was ended",
  ERR_CANCELED: "the attempt was ended",
  ERR_BAD_RESPONSE: "the answer broke off",
  AbortError: "the attempt was ended",
  TimeoutError: "the request took too long",
};

/** What a connection that was made can die of too, when the route goes while an answer is waited for: then only the system call tells. */
const ALSO_LATER = new Set(["EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "ENETDOWN"]);

/** Node says so, with the code ECONNRESET, when the far side hangs up during the handshake. */
const BEFORE_TLS = "before secure TLS connection was established";

/**
 * What a client's network error means: `unavailable` where nothing was sent, `uncertain` where the request may have been read,
 * undefined where the error is not the network's. Looks down `cause` and `errors`. Nothing of the error but its code is kept:
 * clients hang requests with credentials and bodies on their errors.
 * @param vendor Names the far side in the sentence.
 */
export function networkFailure(error: unknown, vendor: string): ConnectorError | undefined {
  const layers = layersOf(error);
  const connecting = layers.some(({ syscall, message }) => syscall === "connect" || message?.includes(BEFORE_TLS) === true);
  const talking = !connecting && layers.some(({ syscall }) => syscall === "read" || syscall === "write");
  for (const { code, name } of layers) {
    for (const sign of [code, name]) {
      if (typeof sign !== "string") continue;
      if (talking && ALSO_LATER.has(sign))
        return failure("uncertain", sign, `${vendor} may have taken the request, but ${NOT_SENT[sign]} any more.`);
      if (Object.hasOwn(NOT_SENT, sign)) return failure("unavailable", sign, `${vendor} could not be reached: ${NOT_SENT[sign]}.`);
      if (!Object.hasOwn(MAYBE_SENT, sign)) continue;
      if (connecting) return failure("unavailable", sign, `${vendor} could not be reached: ${MAYBE_SENT[sign]}.`);
      return failure("uncertain", sign, `${vendor} may have taken the request, but ${MAYBE_SENT[sign]} before it had answered.`);
    }
  }
  return undefined;
}

interface Layer {
  readonly code?: unknown;
  readonly name?: unknown;
  readonly syscall?: unknown;
  readonly message?: string;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** The error and all that it was made of, outermost first. Causes may be circular. */
function layersOf(error: unknown): readonly Layer[] {
  const found = new Set<Layer>();
  const waiting: unknown[] = [error];
  while (waiting.length > 0 && found.size < 20) {
    const next = waiting.shift();
    if (typeof next !== "object" || next === null || found.has(next)) continue;
    const layer: Layer = next;
    found.add(layer);
    waiting.push(layer.cause, ...(Array.isArray(layer.errors) ? (layer.errors as unknown[]) : []));
  }
  return [...found];
}

function failure(outcome: "unavailable" | "uncertain", sign: string, reason: string): ConnectorError {
  return new ConnectorError(outcome, `NETWORK_${sign.toUpperCase()}`, `${reason.slice(0, -1)} (${sign}).`);
}
