import type { Command } from "commander";

interface Given {
  readonly json: boolean;
}

/** `backstitch api-keys …` */
export function addApiKeyCommands(program: Command): void {
  const keys = program.command("api-keys").description("by which servers ask the gateway; users make their own over HTTP");
  const load = () => import("../commands/api-keys.ts");
  withJson(keys.command("list", { isDefault: true }))
    .description("one line for each, the newest last")
    .action(async (options: Given) => (await load()).listApiKeys({ ...program.opts(), ...options }));
  withJson(keys.command("create <name>"))
    .description("print another key; it is not shown again")
    .action(async (name: string, options: Given) => (await load()).createApiKey(name, { ...program.opts(), ...options }));
  for (const [change, what] of [
    ["enable", "a key is good again"],
    ["disable", "a key is not good until it is enabled; the sessions that were begun by it end"],
    ["delete", "a key, and what is known of its user, is gone"],
  ] as const)
    withJson(keys.command(`${change} <id>`))
      .description(what)
      .action(async (id: string, options: Given) => (await load()).changeApiKey(id, change, { ...program.opts(), ...options }));
}

function withJson(command: Command): Command {
  return command.option("--json", "as JSON", false);
}
