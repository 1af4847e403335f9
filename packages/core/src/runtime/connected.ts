import { ConnectorError } from "../connector/connector-error.ts";
import type { Service } from "./service.ts";

/** Its client. @throws ConnectorError where it cannot be made: nothing was sent. A missing SDK reads so too. */
export async function connected(service: Service): Promise<unknown> {
  try {
    return await service.client();
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    throw new ConnectorError("locked-out", "CONNECT_FAILED", `Service "${service.name}" could not be set up: ${nameOf(error)}.`);
  }
}

/** What may be said of an error whose own message may hold credentials, addresses or bodies. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: unknown };
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? `${error.name} ${code}` : error.name;
}
