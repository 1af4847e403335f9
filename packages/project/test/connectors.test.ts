import { describe, expect, it } from "vitest";
import { good, linesOf, load, type Files } from "./support/project.ts";

const slack = `{
  type: "slack", summary: "Slack.", config: { type: "object" }, connect: () => ({}),
  actions: { send: { summary: "Posts.", args: { type: "object", properties: { to: {}, body: {} } }, repeat: "repeats", run: async () => ({}) } },
}`;

function projectWith(specifier: string, module: Files): Files {
  const manifest = { ...JSON.parse(good["backstitch.json"]), connectors: { slack: specifier } };
  return { ...good, "backstitch.json": JSON.stringify(manifest, undefined, 1), "services/text.json": '{"connector": "slack"}', ...module };
}

const NAME = "node_modules/@acme/backstitch-slack";
const installed = (code: string, exports: unknown = "./index.js"): Files =>
  projectWith("@acme/backstitch-slack", {
    [`${NAME}/package.json`]: JSON.stringify({ name: "@acme/backstitch-slack", type: "module", exports }),
    [`${NAME}/index.js`]: code,
  });

const FORM = 'It must export one by the name "slack": an object with type, summary, config, connect and actions.';

const rows: readonly (readonly [name: string, files: Files, lines: readonly string[]])[] = [
  ["exported by its name", installed(`export const slack = ${slack}; export const other = ${slack};`), []],
  ["the only one exported", installed(`export const connector = ${slack}; export const version = "1";`), []],
  ["told by its type", installed(`export const one = ${slack}; export const two = { ...one, type: "slack-files" };`), []],
  ["in a package for import alone", installed(`export const slack = ${slack};`, { ".": { import: "./index.js" } }), []],
  ["in a file of the project", projectWith("./connectors/slack.mjs", { "connectors/slack.mjs": `export const slack = ${slack};` }), []],
  [
    "exported as default alone",
    installed(`export default ${slack};`),
    [`backstitch.json:11:12 CONNECTOR_NOT_EXPORTED The module "@acme/backstitch-slack" exports no connector.\n  ${FORM}`],
  ],
  [
    "one of several",
    installed(`const c = ${slack}; export const a = { ...c, type: "a" }; export const b = { ...c, type: "b" };`),
    [`backstitch.json:11:12 CONNECTOR_NOT_EXPORTED The module "@acme/backstitch-slack" exports several connectors.\n  ${FORM}`],
  ],
  [
    "without actions",
    installed(`export const slack = { type: "slack", config: {}, connect() {} };`),
    [`backstitch.json:11:12 CONNECTOR_NOT_EXPORTED The module "@acme/backstitch-slack" exports no connector.\n  ${FORM}`],
  ],
  [
    "that throws",
    installed(`throw new TypeError("hunter2-canary");`),
    [
      'backstitch.json:11:12 CONNECTOR_NOT_LOADED The module "@acme/backstitch-slack" failed while it was loaded (TypeError).\n  Import it in a script of its own to see why.',
    ],
  ],
  [
    "that throws when what it exports is looked at",
    installed(`export const slack = { get type() { throw new TypeError("hunter2-canary"); } };`),
    [
      'backstitch.json:11:12 CONNECTOR_NOT_LOADED The module "@acme/backstitch-slack" failed while it was loaded (TypeError).\n  Import it in a script of its own to see why.',
    ],
  ],
  [
    "that does not say what repeating an action does",
    installed(`const c = ${slack}; c.actions.send.repeat = "repeat"; export { c };`),
    [
      'backstitch.json:11:12 CONNECTOR_INVALID The action "send" of the connector "slack" does not say what repeating it does: its "repeat" must be by-key, by-nature or repeats.\n  This is a mistake in the connector: tell whoever made it.',
    ],
  ],
  [
    "that has an action of the name by which guards know links",
    installed(
      `const c = ${slack}; c.link = { summary: "", args: {}, make: async () => "" }; c.actions.link = c.actions.send; export { c };`,
    ),
    [
      'backstitch.json:11:12 CONNECTOR_INVALID The connector "slack" makes links and has an action "link", which guards could not tell from each other.\n  This is a mistake in the connector: tell whoever made it.',
    ],
  ],
  [
    "with a wrong schema of what a link is made of",
    installed(`const c = ${slack}; c.link = { summary: "", args: { typ: 1 }, make: async () => "" }; export { c };`),
    [
      'backstitch.json:11:12 CONNECTOR_INVALID The connector "slack" has a schema that is not valid: strict mode: unknown keyword: "typ".\n  This is a mistake in the connector: tell whoever made it.',
    ],
  ],
  [
    "whose arguments exclude each other, whatever an event has for them",
    installed(
      `const c = ${slack}; c.actions.send.args = { type: "object", properties: { to: {}, body: {} }, oneOf: [{ required: ["to"] }, { required: ["body"] }] }; export { c };`,
    ),
    ['rules/late.json:3:59 RULE_ARGUMENT_VALUE_INVALID The value can have only one of "to" and "body".'],
  ],
  [
    "with a wrong schema of arguments",
    installed(`const c = ${slack}; c.actions.send.args.typ = 1; export { c };`),
    [
      'backstitch.json:11:12 CONNECTOR_INVALID The connector "slack" has a schema that is not valid: strict mode: unknown keyword: "typ".\n  This is a mistake in the connector: tell whoever made it.',
    ],
  ],
  [
    "that imports what is not installed",
    installed(`import "@acme/nowhere"; export const slack = ${slack};`),
    [
      'backstitch.json:11:12 CONNECTOR_NOT_LOADED The module "@acme/backstitch-slack" failed while it was loaded (Error, IMPORT_NOT_FOUND).\n  Import it in a script of its own to see why.',
    ],
  ],
  [
    // Node's own error: vitest would load it.
    "in TypeScript, installed",
    installed(`throw Object.assign(new Error(), { code: "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING" });`),
    [
      'backstitch.json:11:12 CONNECTOR_NOT_LOADED The module "@acme/backstitch-slack" failed while it was loaded (Error, ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING).\n  Node loads no TypeScript from node_modules. Install a version of it that has JavaScript.',
    ],
  ],
  [
    "not there",
    projectWith("./connectors/slack.mjs", {}),
    [
      "backstitch.json:11:12 CONNECTOR_NOT_FOUND The module \"./connectors/slack.mjs\" is not found from the project's folder.\n  The path is relative to the project's folder.",
    ],
  ],
];

describe("a third party's connector", () => {
  it.each(rows.map(([name, files, lines]) => ({ name, files, lines })))("$name", async ({ files, lines }) => {
    const loaded = await load(files);
    expect(linesOf(loaded)).toEqual(lines);
    if (lines.length === 0) expect(loaded.project?.services[0]?.connector.type).toBe("slack");
  });
});
