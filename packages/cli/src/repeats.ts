import type { Action } from "@backstitch/core/connector";
import type { IfUncertain } from "@backstitch/core/rules";
import type { Project } from "@backstitch/project";

/** For each entry of each rule in force: what becomes of it where the answer to an attempt is lost. */
export function repeatLines({ ruleSet, services }: Project): readonly string[] {
  const lines: (readonly [string, string])[] = [];
  for (const { name: rule, enabled, actions } of ruleSet.rules) {
    for (const { name, service, action, ifUncertain } of enabled ? actions : []) {
      const connector = services.find((one) => one.name === service)?.connector;
      const found = connector?.actions[action];
      if (connector !== undefined && found !== undefined)
        lines.push([`${rule} → ${name}`, repeatWords(found, connector.type, ifUncertain)]);
    }
  }
  const width = Math.max(0, ...lines.map(([entry]) => entry.length));
  return lines.map(([entry, words]) => `  ${entry.padEnd(width)}  ${words}`);
}

function repeatWords({ repeat, reconcile }: Action<unknown, never>, connector: string, ifUncertain: IfUncertain): string {
  const class_ = reconcile === undefined ? repeat : `${repeat}, looked up`;
  return `${class_}: ${wordsFor(repeat, { connector, looksUp: reconcile !== undefined, holds: ifUncertain === "hold" })}`;
}

interface Means {
  readonly connector: string;
  readonly looksUp: boolean;
  readonly holds: boolean;
}

function wordsFor(repeat: Action<unknown, never>["repeat"], { connector, looksUp, holds }: Means): string {
  const doubt = holds ? "held" : "sent again";
  if (repeat === "by-key") return "sent again under the same id, by which the far side can do it once.";
  if (looksUp)
    return `sent again where it was not done; ${repeat === "by-nature" && !holds ? "twice changes nothing" : `${doubt} where ${connector} cannot tell`}.`;
  if (repeat === "by-nature") return "sent again, which changes nothing.";
  return `${doubt}: ${connector} cannot tell whether it was done.${holds ? "" : ' It may be done twice; "ifUncertain": "hold" would hold it.'}`;
}
