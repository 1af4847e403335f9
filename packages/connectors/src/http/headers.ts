import { ConnectorError } from "@backstitch/core/connector";
import { refused } from "./refused.ts";

/** Lower-case names. */
export type Headers = Readonly<Record<string, string>>;

/** What only this connector and the HTTP client may say. */
const RESERVED =
  /^(?:authorization|backstitch-hops|connection|content-length|expect|host|idempotency-key|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|webhook-(?:id|signature|timestamp))$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** Latin-1 without control characters: https://www.rfc-editor.org/rfc/rfc9110#section-5.5 */
const TEXT = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/**
 * An action's own headers.
 * @param configured Those of the service, which an action cannot change.
 * @throws ConnectorError `rejected` for a name that is reserved, configured, malformed or there twice, and for a value with a line break.
 */
export function actionHeaders(given: Headers = {}, configured: Headers = {}): Headers {
  const headers = lowerCased(given);
  if (Object.keys(headers).length < Object.keys(given).length)
    throw refused("HEADER", "A header is there twice, in capitals and small letters; a request has each once.");
  const name = Object.keys(headers).find((own) => RESERVED.test(own) || Object.hasOwn(configured, own));
  if (name !== undefined) throw refused("HEADER", `The header "${name}" belongs to the service; an action cannot set it.`);
  const fault = faultIn(headers);
  if (fault !== undefined) throw refused("HEADER", fault);
  return headers;
}

/** The headers of a service: they may hold its credentials. @throws ConnectorError `locked-out` when one cannot be sent. */
export function serviceHeaders(given: Headers = {}): Headers {
  const headers = lowerCased(given);
  const name = Object.keys(headers).find((own) => RESERVED.test(own) && own !== "authorization");
  const fault = name === undefined ? faultIn(headers) : `The service's "headers" cannot have "${name}": the connector sets it.`;
  if (fault !== undefined) throw new ConnectorError("locked-out", "HTTP_HEADER", fault);
  return headers;
}

function lowerCased(given: Headers): Headers {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The sentence quotes no value: it may be a credential or a person. */
function faultIn(headers: Headers): string | undefined {
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name)) return "A header's name has a character that no name can have.";
    if (!TEXT.test(value)) return `The header "${name}" has a line break or a character beyond Latin-1.`;
  }
  return undefined;
}
