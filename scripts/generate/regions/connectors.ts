import { LINK, type AnyConnector, type JsonSchema, type Lands, type Repeat } from "../../../packages/core/src/connector/index.ts";
import { code, table } from "../markdown.ts";
import { aboutWords, anywhere, typeWords } from "./schema-words.ts";

const REPEATS: Readonly<Record<Repeat, string>> = {
  "by-key": "The far side is given the delivery's id with every attempt, and can do it once.",
  "by-nature": "A second time changes nothing.",
  repeats:
    "It happens again. Before each request a `start` is durable in the journal, so that after a crash it is known what may have happened.",
};

const LANDS: Readonly<Record<Lands, string>> = {
  text: "as it is",
  html: "HTML: escaped",
  header: "header: a line break is refused",
  "path-segment": "path: percent-encoded",
  url: "URL: percent-encoded",
};

/** All connectors: a row for each action. */
export function connectorTable(connectors: readonly AnyConnector[]): string {
  const rows = connectors.flatMap(({ type, actions }) =>
    Object.entries(actions).map(([name, { summary, repeat }]) => [
      `[${code(`${type}.${name}`)}](connectors/${type}.md)`,
      summary,
      code(repeat),
    ]),
  );
  return table(["action", "does", "repeating it"], rows);
}

/** What the repeat classes mean. */
export function repeatTable(): string {
  return table(
    ["repeating it", "means"],
    Object.entries(REPEATS).map(([repeat, means]) => [code(repeat), means]),
  );
}

/** The fields of a connector's `config`. */
export function configTable({ config }: AnyConnector): string {
  return fieldTable(["field", "is", "needed", ""], config, (schema) => [aboutWords(schema)]);
}

/** A connector's actions: arguments, and what repeating does. */
export function actionSections({ type, actions, link }: AnyConnector): string {
  const sections = Object.entries(actions).map(([name, action]) => {
    const shares = action.batch === undefined ? "" : " Deliveries wait for each other and share requests.";
    const finds = action.reconcile === undefined ? "" : " After an uncertain attempt it first looks whether that was done.";
    return [
      `### ${code(`${type}.${name}`)}`,
      action.summary,
      fieldTable(["argument", "is", "needed", "a value in it", ""], action.args, (schema) => [landsWords(schema), recipientWords(schema)]),
      `Repeating it: ${code(action.repeat)}. ${REPEATS[action.repeat]}${finds}${shares}`,
      `[Limits](../projects.md#limits) can count its ${listWords(["requests", ...Object.keys(action.cost ?? {})].map(code))}.`,
    ].join("\n\n");
  });
  return [...sections, ...(link === undefined ? [] : [linkSection(link)])].join("\n\n");
}

function linkSection({ summary, args }: NonNullable<AnyConnector["link"]>): string {
  const fields = fieldTable(["what it is made of", "is", "needed", "a value in it", ""], args, (schema) => [
    landsWords(schema),
    aboutWords(schema),
  ]);
  const told = `No action, but what [\`links\` of an entry](../rules.md#links) make. Guards see it as the action ${code(LINK)}. The far side is not asked.`;
  return [`### ${code(LINK)}`, summary, fields, told].join("\n\n");
}

function listWords(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function fieldTable(
  head: readonly string[],
  { properties = {}, required = [] }: JsonSchema,
  more: (schema: JsonSchema) => string[],
): string {
  const rows = Object.entries(properties).map(([name, schema]) => [
    code(name),
    typeWords(schema),
    required.includes(name) ? "yes" : "",
    ...more(schema),
  ]);
  return table(head, rows);
}

function landsWords(schema: JsonSchema): string {
  const found = (Object.keys(LANDS) as Lands[]).find((lands) => lands !== "text" && anywhere(schema, (part) => part.lands === lands));
  return LANDS[found ?? "text"];
}

function recipientWords(schema: JsonSchema): string {
  const isRecipient = anywhere(schema, ({ recipient }) => recipient === true);
  return [aboutWords(schema), isRecipient ? "A recipient: masked where deliveries are shown." : ""].filter((part) => part !== "").join(" ");
}
