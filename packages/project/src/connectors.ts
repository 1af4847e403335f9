import type { Problem } from "@backstitch/core/rules";
import { didYouMean, listOf, type Located } from "@backstitch/rules/json";
import { entriesAt } from "./located-value.ts";
import { loadForeign, loadOwn, type Loaded } from "./load-connector.ts";
import { problemAt } from "./problem.ts";
import type { Tables } from "./tables.ts";

/** Finds connectors by the name that service files give. */
export interface Connectors {
  /** `broken`: the project names it in `backstitch.json`, where what is wrong with it was said. */
  find(type: string): Promise<Loaded | "broken">;
  /** What is wrong with the connectors that the project itself names. */
  readonly problems: readonly Problem[];
}

/** The composition root's connectors, loaded when a service names one; and those of others, loaded at once. */
export async function openConnectors(located: Located | undefined, folder: string, tables: Tables): Promise<Connectors> {
  const problems: Problem[] = [];
  const foreign = new Map<string, Loaded | "broken">();
  for (const [type, specifier] of located === undefined ? [] : entriesAt(located, ["connectors"])) {
    const taken = Object.hasOwn(tables.connectors, type);
    const found = taken ? nameTaken(type) : typeof specifier === "string" ? await loadForeign(type, specifier, folder, tables) : "broken";
    const wrong = typeof found === "object" && "code" in found ? found : undefined;
    if (wrong !== undefined && located !== undefined) {
      problems.push(problemAt(located.placeOf(["connectors", type], taken ? "key" : "value"), wrong.code, wrong.message, wrong.remedy));
    }
    if (!taken) foreign.set(type, wrong === undefined ? found : "broken");
  }
  const known = [...Object.keys(tables.connectors), ...foreign.keys()];
  return {
    problems,
    async find(type) {
      const own = Object.hasOwn(tables.connectors, type) ? tables.connectors[type] : undefined;
      return foreign.get(type) ?? (own === undefined ? unknown(type, known) : await loadOwn(type, own));
    },
  };
}

function unknown(type: string, known: readonly string[]): Loaded {
  const remedy =
    didYouMean(type, known) ?? `The connectors are ${listOf(known)}; name the module of another under "connectors" in backstitch.json.`;
  return { code: "CONNECTOR_UNKNOWN", message: `There is no connector ${JSON.stringify(type)}.`, remedy };
}

function nameTaken(type: string): Loaded {
  const message = `${JSON.stringify(type)} is the name of a connector that Backstitch has.`;
  return { code: "CONNECTOR_NAME_TAKEN", message, remedy: "Give it another name, here and in the service files." };
}
