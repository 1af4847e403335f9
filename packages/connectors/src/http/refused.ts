import { ConnectorError } from "@backstitch/core/connector";

/** Arguments that no request can be made of. The sentence quotes no value: it may name a person. */
export function refused(code: string, reason: string): ConnectorError {
  return new ConnectorError("rejected", `HTTP_${code}`, reason);
}
