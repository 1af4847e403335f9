import { ConnectorError } from "../connector/connector-error.ts";
import type { AttemptContext } from "../connector/connector.ts";
import { escaped } from "../connector/lands.ts";
import { LINK } from "../connector/link.ts";
import type { Outcome } from "../connector/outcome.ts";
import { isList, isRow, rowFrom, type Row, type Value } from "../values/value.ts";
import type { StoredLink } from "../rules/links.ts";
import { connected, nameOf } from "./connected.ts";
import type { Services } from "./service.ts";

/** The code of an attempt that was not made, since a link for it could not be made. */
export const LINK_FAILED = "LINK_FAILED";

/** The links, by their marks. @throws ConnectorError `rejected` or `unavailable`: whatever is wrong, it is not the service that they are for. */
export async function makeLinks(
  links: ReadonlyMap<string, StoredLink>,
  services: Services,
  context: AttemptContext,
): Promise<ReadonlyMap<string, string>> {
  const made = [...links].map(async ([mark, link]) => [mark, await makeLink(link, services, context)] as const);
  return new Map(await Promise.all(made));
}

async function makeLink({ name, service: of, with: args }: StoredLink, services: Services, context: AttemptContext): Promise<string> {
  const refused = (code: string, why: string): ConnectorError =>
    new ConnectorError("rejected", code, `The link ${JSON.stringify(name)} is not made: ${why}`);
  const service = services.get(of);
  if (service === undefined) throw refused("SERVICE_UNKNOWN", `there is no service "${of}".`);
  const { link, guard } = service;
  if (link === undefined) throw refused("ACTION_UNKNOWN", `service "${of}" makes no links.`);
  const [fault] = link.faults(args);
  if (fault !== undefined) throw refused("ARGUMENTS_INVALID", fault.message);
  const verdict = guard?.permits(LINK, args);
  if (verdict !== undefined && "deniedBecause" in verdict) throw refused("GUARD_DENIED", verdict.deniedBecause);
  try {
    return checked(await link.make(await connected(service), args as never, context));
  } catch (error) {
    throw failed(name, error);
  }
}

/** It is put into headers and into HTML. */
const ADDRESS = /^https?:\/\/[\x21-\x7e]+$/;

function checked(link: unknown): string {
  if (typeof link === "string" && ADDRESS.test(link) && URL.canParse(link)) return link;
  throw new TypeError("It is no address.");
}

/** Being locked out there must not pause the service that it is for, nor being too fast there slow it. */
function failed(name: string, error: unknown): ConnectorError {
  const known = error instanceof ConnectorError ? error : undefined;
  const why = known?.message ?? `its connector failed in a way that it does not know (${nameOf(error)}).`;
  const outcome = known?.outcome === "rejected" ? "rejected" : "unavailable";
  return new ConnectorError(outcome, LINK_FAILED, `The link ${JSON.stringify(name)} could not be made: ${why}`, known?.retryAfterMs);
}

/** Without the links, should the far side have repeated one: an outcome is stored, logged and traced. */
export function withoutThem(outcome: Outcome, links: Iterable<string>): Outcome {
  const telling = [...links].flatMap(tellingOf).toSorted((one, other) => other.length - one.length);
  if (telling.length === 0) return outcome;
  const hidden = (text: string): string => telling.reduce((rest, part) => rest.replaceAll(part, "[link]"), text);
  if (outcome.kind !== "accepted") return { ...outcome, reason: hidden(outcome.reason) };
  return { ...outcome, receipt: hiddenIn(outcome.receipt as Row, hidden) as Row };
}

function hiddenIn(value: Value, hidden: (text: string) => string): Value {
  if (typeof value === "string") return hidden(value);
  if (isList(value)) return value.map((item) => hiddenIn(item, hidden));
  return isRow(value) ? rowFrom(Object.entries(value).map(([name, item]) => [hidden(name), hiddenIn(item, hidden)] as const)) : value;
}

/** A signature, or what else nobody guesses. */
const SHORTEST_TELLING = 16;

/** The link as it may stand somewhere, and of its query whatever may be what makes it work: however it was cut or written, it is of no use without. */
function tellingOf(link: string): readonly string[] {
  const { search, searchParams } = new URL(link);
  const written = search
    .slice(1)
    .split("&")
    .map((pair) => pair.slice(pair.indexOf("=") + 1));
  const values = [...searchParams.values(), ...written].filter((value) => value.length >= SHORTEST_TELLING);
  return [link, escaped(link, "html"), escaped(link, "url"), ...new Set(values)];
}
