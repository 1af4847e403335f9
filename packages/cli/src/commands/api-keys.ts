import type { ServerKeys } from "@backstitch/gateway";
import { openProject } from "../open-project.ts";
import { Quit } from "../quit.ts";
import { tables } from "../tables.ts";

interface Options {
  readonly project: string;
  readonly json: boolean;
}

/** `backstitch api-keys list`: the keys of servers, without what they are. */
export async function listApiKeys({ project, json }: Options): Promise<void> {
  await withKeys(project, async (keys) => {
    const all = await keys.list();
    for (const one of all)
      console.log(json ? JSON.stringify(one) : `${one.createdAt}  ${one.id}  ${one.name}${one.disabled ? "  disabled" : ""}`);
    if (!json && all.length === 0) console.log("There are no API keys of servers.");
  });
}

/** `backstitch api-keys create`: prints the key. Nobody sees it again. */
export async function createApiKey(name: string, { project, json }: Options): Promise<void> {
  await withKeys(project, async (keys) => {
    const made = await keys.create(name);
    console.log(json ? JSON.stringify(made) : made.key);
    if (!json) console.error(`This is the key ${made.id}. Keep it: it is not shown again.`);
  });
}

/** `backstitch api-keys enable`, `disable` and `delete`. */
export async function changeApiKey(id: string, change: "enable" | "disable" | "delete", { project, json }: Options): Promise<void> {
  await withKeys(project, async (keys) => {
    await (change === "delete" ? keys.remove(id) : keys.setDisabled(id, change === "disable"));
    console.log(json ? JSON.stringify({ id, done: change }) : `The key ${id} is ${change}d.`);
  });
}

async function withKeys(folder: string, work: (keys: ServerKeys) => Promise<void>): Promise<void> {
  const { gateway } = await openProject(folder, tables, process.env);
  if (gateway?.connectionString === undefined || gateway.login?.written.apiKey !== true)
    throw new Quit('Nobody logs in by API keys here. Write "apiKey": true into "login" of the gateway in backstitch.json.');
  const { openServerKeys } = await import("@backstitch/gateway");
  try {
    const keys = await openServerKeys({ connectionString: gateway.connectionString });
    try {
      await work(keys);
    } finally {
      await keys.close();
    }
  } catch (error) {
    throw quitOf(error);
  }
}

/** What the gateway says is a sentence; the driver's own errors may hold what it was configured with. */
function quitOf(error: unknown): Quit {
  const { name, message } = error instanceof Error ? error : { name: "", message: "" };
  return new Quit(name === "HttpProblem" || name === "TablesUnavailable" ? message : "The gateway's database does not answer.");
}
