import type { Journal } from "@backstitch/core/journal";
import type { Project } from "@backstitch/project";
import { didYouMean, listOf } from "@backstitch/rules/json";
import { Quit } from "../quit.ts";

/** What is gone from the project is known as long as there are deliveries of it. @throws Quit where nothing is called as a filter says */
export async function checkNames(
  { rule, service }: { readonly rule?: string | undefined; readonly service?: string | undefined },
  journal: Journal,
  { ruleSet, services }: Project,
): Promise<void> {
  await check("rule", rule, ruleSet.rules);
  await check("service", service, services);

  async function check(of: "rule" | "service", name: string | undefined, inProject: readonly { readonly name: string }[]): Promise<void> {
    const names = inProject.map((one) => one.name);
    if (name === undefined || names.includes(name)) return;
    if ((await journal.deliveries({ [of]: name, limit: 1 })).length > 0) return;
    const others = names.length === 0 ? `The project has no ${of}s.` : `The project's ${of}s are ${listOf(names)}.`;
    throw new Quit(`No delivery is of a ${of} ${JSON.stringify(name)}, nor has the project one. ${didYouMean(name, names) ?? others}`);
  }
}
