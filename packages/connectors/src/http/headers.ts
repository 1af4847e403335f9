import { refused } from "./refused.ts";

/** Lower-case names. */
export type Headers = Readonly<Record<string, string>>;

/** What only this connector and the HTTP client may say. */
const RESERVED =
  /^(?:authorization|connection|content-length|expect|host|idempotency-key|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|webhook-(?:id|signature|timestamp))$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** Latin-1 without control characters: https://www.rfc-editor.org/rfc/rfc9110#section-5.5 */
const TEXT = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/**
 * An action's own headers.
 * @param configured Those of the service, which an action cannot change.
 * @throws ConnectorError `rejected` for a name that is reserved, configured or malformed, and for a value with a line break.
 */
export function actionHeaders(given: Headers = {}, configured: Headers = {}): Headers {
  const headers = headersOf(given);
  const name = Object.keys(headers).find((own) => RESERVED.test(own) || Object.hasOwn(configured, own));
  if (name !== undefined) throw refused("HEADER", `The header "${name}" belongs to the service; an action cannot set it.`);
  return headers;
}

/** Headers by lower-case name. @throws ConnectorError `rejected` when one cannot be sent. */
export function headersOf(given: Headers): Headers {
  const entries = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const);
  for (const [name, value] of entries) {
    if (!NAME.test(name)) throw refused("HEADER", "A header's name has a character that no name can have.");
    if (!TEXT.test(value)) throw refused("HEADER", `The header "${name}" has a line break or a character beyond Latin-1.`);
  }
  return Object.fromEntries(entries);
}
