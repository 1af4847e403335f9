import type { Problem } from "@backstitch/core/rules";
import { nameOfPath, type Path } from "../../path/resolve-path.ts";
import { argumentsOf, type WrittenArgument } from "../arguments.ts";
import type { Node } from "../solver/leaf.ts";
import { domainOf, type Kind } from "../solver/world.ts";
import { opposite } from "../solver/node.ts";
import { takes } from "../schema-kinds.ts";
import { type Check, type RuleWorlds, type Study } from "../study.ts";
import { warning } from "../warning.ts";

/** Arguments that are wrong whatever the event is. */
export const argumentsThatFail: Check = {
  finds: {
    ARGUMENT_MISSING: "an argument that reads what is never there, so that every delivery is rejected",
    ARGUMENT_TYPE: "an argument whose value is never of a type that the action takes",
  },
  *find(study) {
    for (const rule of study.rules) {
      const { worlds } = rule;
      for (const argument of argumentsOf(study, rule)) {
        const { when } = argument.entry;
        const nodes = [rule.condition, ...(when === undefined ? [] : [when])].map(study.normaliser.normal);
        if (study.solver.possible(nodes, worlds.seen)) yield* ofArgument({ study, worlds, nodes }, argument);
      }
    }
  },
};

interface Asking {
  readonly study: Study;
  readonly worlds: RuleWorlds;
  readonly nodes: readonly Node[];
}

function* ofArgument(asking: Asking, argument: WrittenArgument): Iterable<Problem> {
  const { mark, form, prints, schema } = argument;
  if (form === "text" && !takes(schema, "text")) {
    const message = "A template makes a text, which the action does not take here.";
    return yield warning(mark, { code: "ARGUMENT_TYPE", message, remedy: '{"$path": …} keeps the type of what it reads.' });
  }
  for (const path of prints) {
    const name = JSON.stringify(nameOfPath(path));
    const missing = whyMissing(asking, path, form);
    const type = missing === undefined ? wrongType(asking, path, argument) : undefined;
    if (missing !== undefined) {
      yield warning(mark, {
        code: "ARGUMENT_MISSING",
        message: `${name} is ${missing} wherever the rule matches.`,
        remedy: "Read something else.",
      });
    } else if (type !== undefined) {
      const message =
        form === "text" ? `${name} is ${type}, which a template cannot print.` : `${name} is ${type}, which the action does not take here.`;
      const remedy = form === "text" ? "Use a filter, such as json or join, or a name in it." : undefined;
      yield warning(mark, { code: "ARGUMENT_TYPE", message, remedy });
    }
  }
}

function whyMissing({ study, worlds, nodes }: Asking, path: Path, form: "path" | "text"): string | undefined {
  const { solver, normaliser } = study;
  if (path.segments.length === 0 || !["before", "after", "key"].includes(path.root)) return undefined;
  if (!solver.possible([...nodes, normaliser.test(path, "$exists", true)], worlds.seen)) return "missing";
  const isNull = !solver.possible([...nodes, opposite(normaliser.test(path, "$eq", null))], worlds.seen);
  return isNull && form === "text" ? "missing or null" : undefined;
}

const WORDS: Readonly<Record<Kind, string>> = {
  missing: "missing",
  null: "null",
  boolean: "true or false",
  number: "a number",
  text: "a text",
  list: "a list",
  row: "an object",
};

function wrongType({ study, worlds, nodes }: Asking, path: Path, { form, schema }: WrittenArgument): string | undefined {
  const possible = new Set(worlds.seen.flatMap((world) => (study.solver.possible(nodes, [world]) ? [...domainOf(path, world).whole] : [])));
  possible.delete("missing");
  const { solver, normaliser } = study;
  if (
    form === "path" &&
    path.segments.length > 0 &&
    !solver.possible([...nodes, opposite(normaliser.test(path, "$eq", null))], worlds.seen)
  )
    return takes(schema, "null") ? undefined : "null";
  const others = [...possible].filter((kind) => kind !== "null");
  if (others.length === 0) return undefined;
  const fits =
    form === "text" ? others.some((kind) => kind !== "list" && kind !== "row") : [...possible].some((kind) => takes(schema, kind));
  return fits ? undefined : others.map((kind) => WORDS[kind]).join(" or ");
}
