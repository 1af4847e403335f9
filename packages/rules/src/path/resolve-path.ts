import { didYouMean, listOf } from "../json/did-you-mean.ts";
import { parsePath, pathText } from "./parse-path.ts";

/** What a rule may read. */
export const EVENT_ROOTS = [
  "before",
  "after",
  "changed",
  "key",
  "operation",
  "source",
  "database",
  "collection",
  "committedAt",
  "values",
] as const;
/** What an entry of `then` with `each` may read beside: one element, and its place from 0. */
export const ITEM_ROOTS = ["item", "index"] as const;
/** What `with` of an entry with `links` may read beside: each by its name, and nothing in it. */
export const LINK_ROOT = "links";
/** What a guard may read: `user` is who asks, where no rule does. */
export const GUARD_ROOTS = ["args", "action", "user", "values"] as const;
/** What a role of a collection may read: the document as it is or will be, as it was, and who asks for it how. */
export const ROLE_ROOTS = ["root", "prevRoot", "user", "request", "values"] as const;

export type Root =
  | (typeof EVENT_ROOTS)[number]
  | (typeof ITEM_ROOTS)[number]
  | typeof LINK_ROOT
  | (typeof GUARD_ROOTS)[number]
  | (typeof ROLE_ROOTS)[number];

/** A path whose beginning is known to exist. `element`: inside `$elemMatch`, relative to the array's element. */
export interface Path {
  readonly root: Root | "element";
  /** What follows the root. */
  readonly segments: readonly string[];
}

/** The names that paths may begin with, and the constants that `values.` may name. */
export interface Scope {
  readonly roots: readonly Root[];
  readonly values: readonly string[];
  /** The names that `links.` may name. @default none */
  readonly links?: readonly string[];
}

export interface PathFault {
  readonly code: "RULE_PATH_INVALID" | "RULE_PATH_UNKNOWN";
  readonly message: string;
  readonly remedy: string | undefined;
}

/** What was resolved in a scope: rules read the same paths again and again, and the same path is one object. */
interface Resolved {
  readonly byText: Map<string, Path>;
  readonly bySegments: Map<string, Path>;
}

const resolved = new WeakMap<Scope, Resolved>();

function resolvedIn(scope: Scope): Resolved {
  const known = resolved.get(scope);
  if (known !== undefined) return known;
  const made = { byText: new Map<string, Path>(), bySegments: new Map<string, Path>() };
  resolved.set(scope, made);
  return made;
}

/** Reads a path and checks its first name, and the second of `values`. */
export function resolvePath(text: string, scope: Scope): Path | PathFault {
  const { byText } = resolvedIn(scope);
  const known = byText.get(text);
  if (known !== undefined) return known;
  const path = resolveText(text, scope);
  if (!isPathFault(path)) byText.set(text, path);
  return path;
}

function resolveText(text: string, scope: Scope): Path | PathFault {
  const segments = parsePath(text);
  if (segments === undefined) {
    return {
      code: "RULE_PATH_INVALID",
      message: `${JSON.stringify(text)} is not a path.`,
      remedy: 'Names are separated by dots; names that contain dots are quoted: after["a.b"].',
    };
  }
  return resolveSegments(segments, scope);
}

export function resolveSegments(segments: readonly string[], scope: Scope): Path | PathFault {
  const { bySegments } = resolvedIn(scope);
  const key = JSON.stringify(segments);
  const known = bySegments.get(key);
  if (known !== undefined) return known;
  const path = resolveNames(segments, scope);
  if (!isPathFault(path)) bySegments.set(key, path);
  return path;
}

function resolveNames([root = "", ...segments]: readonly string[], scope: Scope): Path | PathFault {
  if (!isOneOf(root, scope.roots)) {
    return {
      code: "RULE_PATH_UNKNOWN",
      message: `There is no ${JSON.stringify(root)} to read; a path begins with ${listOf(scope.roots)}.`,
      remedy:
        itemElsewhere(scope, [root, ...segments]) ??
        linkElsewhere(scope, root) ??
        didYouMean(root, scope.roots) ??
        insideOf(scope, [root, ...segments]),
    };
  }
  const [name] = segments;
  if (root === "values" && name !== undefined && !scope.values.includes(name)) {
    return {
      code: "RULE_PATH_UNKNOWN",
      message: `There are no values ${JSON.stringify(name)}; ${scope.values.length === 0 ? "the folder values/ is empty" : `the files in values/ are ${listOf(scope.values)}`}.`,
      remedy: didYouMean(name, scope.values),
    };
  }
  return root === LINK_ROOT ? linkAt(segments, scope.links ?? []) : { root, segments };
}

/** Nothing is read of a link but itself. */
function linkAt(segments: readonly string[], links: readonly string[]): Path | PathFault {
  const [name, ...inside] = segments;
  const path: Path = { root: LINK_ROOT, segments };
  if (name === undefined || inside.length > 0) {
    const message = `${JSON.stringify(nameOfPath(path))} is not one link.`;
    return {
      code: "RULE_PATH_INVALID",
      message,
      remedy: `It is read by its name alone: ${JSON.stringify(`${LINK_ROOT}.${name ?? links[0] ?? "name"}`)}.`,
    };
  }
  if (links.includes(name)) return path;
  const message = `There is no link ${JSON.stringify(name)}; the links of this entry are ${listOf(links)}.`;
  return { code: "RULE_PATH_UNKNOWN", message, remedy: didYouMean(name, links) };
}

/** An element, where there is none. */
function itemElsewhere({ roots }: Scope, [root = "", ...segments]: readonly string[]): string | undefined {
  if (!roots.includes("after") || !isOneOf(root, ITEM_ROOTS)) return undefined;
  const field = JSON.stringify(pathText(["after", root, ...segments]));
  return `Only an entry of "then" that has "each" reads it; the row's own field is ${field}.`;
}

/** A link, where none can be read. */
function linkElsewhere({ roots }: Scope, root: string): string | undefined {
  if (!roots.includes("after") || root !== LINK_ROOT) return undefined;
  return 'Only "with" of an entry of "then" that has "links" reads them; the row\'s own field is "after.links".';
}

/** A bare column name, as in other rule languages. */
function insideOf({ roots }: Scope, segments: readonly string[]): string | undefined {
  const elsewhere = [...EVENT_ROOTS, ...GUARD_ROOTS, ...ROLE_ROOTS].some((name) => name === segments[0]);
  const root = elsewhere ? undefined : (["after", "args", "root"] as const).find((name) => roots.includes(name));
  return root !== undefined && /^[A-Za-z_]\w*$/.test(segments[0] ?? "") ? `Did you mean "${pathText([root, ...segments])}"?` : undefined;
}

export function isPathFault(result: Path | PathFault): result is PathFault {
  return "code" in result;
}

/** For messages: `after.quantity`. */
export const nameOfPath = ofPath(({ root, segments }) => (root === "element" ? pathText(segments) : pathText([root, ...segments])));

/** What is made of a path, once for each path. */
export function ofPath<Made>(make: (path: Path) => Made): (path: Path) => Made {
  const made = new WeakMap<Path, { readonly of: Made }>();
  return (path) => {
    const known = made.get(path);
    if (known !== undefined) return known.of;
    const of = make(path);
    made.set(path, { of });
    return of;
  };
}

function isOneOf(name: string, roots: readonly Root[]): name is Root {
  return (roots as readonly string[]).includes(name);
}
