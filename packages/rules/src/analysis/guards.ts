import { LINK, type JsonSchema } from "@backstitch/core/connector";
import type { NamedConditions } from "../condition/lowering.ts";
import { lowerGuards } from "../guard/lower-guards.ts";
import { nameOfFile, type RuleFile } from "../files.ts";
import { readJson, valueAt } from "../json/index.ts";
import { newReport } from "../problems/report.ts";
import type { ColumnType } from "./input.ts";
import { takes } from "./schema-kinds.ts";
import type { World } from "./solver/world.ts";
import type { RuleWorlds, Study } from "./study.ts";
import type { WrittenGuard } from "./written.ts";

type Given = Pick<Study, "files" | "input" | "named" | "marks" | "services" | "links">;

/** The guards of each service that has some, an empty list included. What is wrong with them is said where they are compiled. */
export function guardsOf(given: Given): Pick<Study, "guards" | "namedInGuards"> {
  const namedInGuards: NamedConditions = { ...given.named, lowered: new Map() };
  const written = (given.input.services ?? []).flatMap((file) => {
    const guards = guardsIn(file, { ...given, named: namedInGuards });
    return guards === undefined ? [] : [[nameOfFile(file, "services", ".json"), guards] as const];
  });
  return { guards: new Map(written), namedInGuards };
}

function guardsIn(file: RuleFile, { files, named, marks, services, links }: Given): readonly WrittenGuard[] | undefined {
  const { located } = readJson(file.path, file.text, { quotes: false });
  if (located === undefined || !Array.isArray(valueAt(located, ["guards"]))) return undefined;
  const values = files.values.map((one) => nameOfFile(one, "values", ".json"));
  const service = nameOfFile(file, "services", ".json");
  const schemaOf = (action: string) => (action === LINK ? links?.get(service) : services.get(service)?.get(action))?.args;
  return lowerGuards({ located, report: newReport(), named, marks, values }, ["guards"]).map(({ actions, ...guard }) => {
    return { ...guard, actions: new Map(actions.map((action) => [action, schemaOf(action)])) };
  });
}

/** A guard is asked of each of its actions, whose arguments are valid by then. */
export function guardWorlds({ actions }: WrittenGuard): RuleWorlds {
  const seen = [...actions].map(([action, args]): World => ({ ...NO_CHANGE, action, column: (name) => typeOf(args?.properties?.[name]) }));
  return { seen, everyOperation: seen, untyped: seen.map((world) => ({ ...world, column: NO_CHANGE.column })) };
}

const NO_CHANGE: World = { operation: undefined, source: undefined, collections: undefined, action: undefined, column: () => undefined };

const KINDS = ["text", "number", "boolean", "list", "row"] as const;

/** Undefined: of several types, or it is not said. */
function typeOf(schema: JsonSchema | undefined): ColumnType | undefined {
  const [only, ...others] = KINDS.filter((kind) => takes(schema, kind));
  return only === "row" || others.length > 0 ? undefined : only;
}
