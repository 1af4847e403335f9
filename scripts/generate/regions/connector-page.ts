import { LINK, type AnyConnector, type JsonSchema, type Lands, type Repeat } from "../../../packages/core/src/connector/index.ts";
import { code, table } from "../markdown.ts";
import { REPEATS } from "./connectors.ts";
import { fieldTable } from "./fields.ts";
import { anywhere } from "./schema-words.ts";

const LANDS: Readonly<Record<Lands, string>> = {
  text: "as it is",
  html: "HTML: escaped",
  header: "header: a line break is refused",
  "path-segment": "path: percent-encoded",
  url: "URL: percent-encoded",
};

/** The fields of a connector's `config`. */
export function configTable({ config }: AnyConnector): string {
  return fieldTable("field", config);
}

/** A connector's actions and their arguments, and what its links are made of. */
export function actionSections({ type, actions, link }: AnyConnector): string {
  const columns = [
    { head: "a value in it", words: landsWords },
    { head: "names people", words: recipientWords },
  ];
  const sections = Object.entries(actions).map(([name, { summary, args }]) =>
    [`### ${code(`${type}.${name}`)}`, summary, fieldTable("argument", args, columns)].join("\n\n"),
  );
  return [...sections, ...(link === undefined ? [] : [linkSection(link)])].join("\n\n");
}

function linkSection({ summary, args }: NonNullable<AnyConnector["link"]>): string {
  const told = `No action, but what [\`links\` of an entry](../rules.md#links) make. Guards see it as the action ${code(LINK)}. The far side is not asked.`;
  return [`### ${code(LINK)}`, summary, fieldTable("what it is made of", args, [{ head: "a value in it", words: landsWords }]), told].join(
    "\n\n",
  );
}

/** What a service's `limits` can count of each action. */
export function costTable({ actions }: AnyConnector): string {
  const rows = Object.entries(actions).map(([name, { cost = {} }]) => [
    code(name),
    ["requests", ...Object.keys(cost)].map(code).join(", "),
  ]);
  return table(["action", "[limits](../projects.md#limits) can count its"], rows);
}

/** What doing each action twice does. */
export function repeatsTable({ actions }: AnyConnector): string {
  const rows = Object.entries(actions).map(([name, { repeat, reconcile, batch }]) => [
    code(name),
    code(repeat),
    REPEATS[repeat],
    afterDoubt(repeat, reconcile !== undefined),
    batch === undefined ? "a request each" : "they wait for each other and share requests",
  ]);
  return table(["action", "repeating it", "means", "after an uncertain attempt", "several deliveries"], rows);
}

function afterDoubt(repeat: Repeat, looksUp: boolean): string {
  if (looksUp) return "it is first looked up whether it was done";
  return repeat === "repeats" ? "nobody can tell whether it was done: the rule decides" : "it is done again, which is safe";
}

function landsWords(schema: JsonSchema): string {
  const found = (Object.keys(LANDS) as Lands[]).find((lands) => lands !== "text" && anywhere(schema, (part) => part.lands === lands));
  return LANDS[found ?? "text"];
}

function recipientWords(schema: JsonSchema): string {
  return anywhere(schema, ({ recipient }) => recipient === true) ? "yes: masked where deliveries are shown" : "";
}
