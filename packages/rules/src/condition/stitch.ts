import { SUMMARIES } from "./operators/index.ts";

/** How something is written here that was written in another way elsewhere. */
interface Counterpart {
  readonly message: string;
  readonly remedy: string;
}

const CONVERSIONS = ["%stringToOid", "%oidToString", "%stringToUuid", "%uuidToString"];
/** Stitch's variables and the names for them here; undefined: there is no such thing to read. */
const EXPANSIONS: Readonly<Record<string, string | undefined>> = {
  root: "after",
  prevRoot: "before",
  args: "args",
  values: "values",
  this: undefined,
  prev: undefined,
  user: undefined,
  request: undefined,
  environment: undefined,
  partition: undefined,
};
const EXPANSION = new RegExp(`^%%(true|false|${Object.keys(EXPANSIONS).join("|")})((?:\\.[^%]*)?)$`);

/** Stitch listed `$neq` for a time; the name nearest to it would be that of its opposite. */
export function operatorMeant(key: string): string | undefined {
  return key === "$neq" ? 'Did you mean "$ne"?' : undefined;
}

/** Stitch wrote every operator with `%` too, and a few that are none here. */
export function stitchOperator(key: string): Counterpart | undefined {
  if (!key.startsWith("%") || !/^%[a-zA-Z]+$/.test(key)) return undefined;
  const message = `${JSON.stringify(key)} is how Stitch wrote it.`;
  const name = key === "%neq" ? "$ne" : `$${key.slice(1)}`;
  if (SUMMARIES.has(name)) return { message, remedy: `Write ${JSON.stringify(name)}.` };
  if (CONVERSIONS.includes(key)) return { message, remedy: "Ids are texts here: write the text itself." };
  return key === "%function" ? { message, remedy: "Rules call no functions: write the condition out." } : undefined;
}

/** A variable of Stitch's where a path stands. */
export function stitchPath(key: string): Counterpart | undefined {
  return counterpart(key, {
    constant: () => "Write the condition itself, without it.",
    path: (path) => `Write ${JSON.stringify(path)}.`,
  });
}

/** A variable of Stitch's where a value stands: as a text it would never be equal to anything. */
export function stitchValue(value: string): Counterpart | undefined {
  const found = counterpart(value, {
    constant: (name) => `Write ${name}`,
    path: (path) => `Write {"$path": ${JSON.stringify(path)}}`,
  });
  if (found === undefined) return undefined;
  const otherwise = `if the text itself is meant, {"$literal": ${JSON.stringify(value)}}.`;
  return { message: found.message, remedy: `${found.remedy.replace(/\.$/, "")}; ${otherwise}` };
}

function counterpart(text: string, write: { constant(name: string): string; path(path: string): string }): Counterpart | undefined {
  if (!text.startsWith("%%")) return undefined;
  const [, name = "", rest = ""] = EXPANSION.exec(text) ?? [];
  if (name === "") return undefined;
  const message = `${JSON.stringify(text)} is how Stitch wrote it.`;
  if (name === "true" || name === "false") return { message, remedy: write.constant(name) };
  const path = EXPANSIONS[name];
  if (path !== undefined) return { message, remedy: write.path(path + rest) };
  const missing =
    name === "this" || name === "prev" ? "A path is written out from its start, as in after.quantity." : `There is no ${name} to read.`;
  return { message, remedy: missing };
}
