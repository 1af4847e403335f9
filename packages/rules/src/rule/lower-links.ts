import { isRow, type Value } from "@backstitch/core/values";
import { didYouMean, listOf, under, type LocatedPath } from "../json/index.ts";
import { LINK_ROOT } from "../path/resolve-path.ts";
import type { LinkForm } from "./form.ts";
import { lowerWith } from "./lower-with.ts";
import type { CatalogueLink, ThenContext } from "./then-context.ts";

/** As templates name it, without quotes. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** Lowers `links` of an entry; undefined where it has none. */
export function lowerLinks(context: ThenContext, links: Value | undefined, at: LocatedPath): readonly LinkForm[] | undefined {
  if (!isRow(links)) return undefined;
  return Object.entries(links).flatMap(([name, link]) => {
    checkName(context, name, under(at, name));
    const { service, with: args = {} } = isRow(link) ? link : {};
    return typeof service === "string" ? [lowerLink(context, { name, service, args }, under(at, name))] : [];
  });
}

/** What `with` of an entry reads: its links, too. */
export function readingLinks(context: ThenContext, links: Value | undefined): ThenContext {
  if (!isRow(links)) return context;
  const { roots, values } = context.scope;
  return { ...context, scope: { roots: [...roots, LINK_ROOT], values, links: Object.keys(links) } };
}

function checkName({ located, report }: ThenContext, name: string, path: LocatedPath): void {
  if (NAME.test(name)) return;
  const message = `A link cannot be called ${JSON.stringify(name)}.`;
  const remedy = "Its name has 1 to 64 letters, digits and _, and does not begin with a digit.";
  report.in(located, { code: "RULE_VALUE_INVALID", path, what: "key", message, remedy });
}

interface Written {
  readonly name: string;
  readonly service: string;
  readonly args: Value;
}

function lowerLink(context: ThenContext, { name, service, args }: Written, at: LocatedPath): LinkForm {
  const known = findLink(context, { name, service }, under(at, "service"));
  return { name, service, args: lowerWith(context, { value: args, at: under(at, "with") }, known) };
}

function findLink(
  { located, report, around }: ThenContext,
  { name, service }: Pick<Written, "name" | "service">,
  path: LocatedPath,
): CatalogueLink | undefined {
  const { services, links = new Map<string, CatalogueLink>() } = around;
  const link = links.get(service);
  // What is wrong with the service was said elsewhere.
  if (link !== undefined || (services.has(service) && services.get(service) === undefined)) return link;
  const [code, names, says] = services.has(service)
    ? (["RULE_LINK_UNSUPPORTED", [...links.keys()], `service ${JSON.stringify(service)} makes no links`] as const)
    : (["RULE_SERVICE_UNKNOWN", [...services.keys()], `there is no service ${JSON.stringify(service)}`] as const);
  const which = services.has(service) ? "those that make some" : "the services";
  const are = names.length === 0 ? "no service does" : `${which} are ${listOf(names)}`;
  const message = `The link ${JSON.stringify(name)} cannot be made: ${says}; ${are}.`;
  report.in(located, { code, path, message, remedy: didYouMean(service, names) });
  return undefined;
}
