import type { AnyConnector, Repeat } from "../../../packages/core/src/connector/index.ts";
import { code, table } from "../markdown.ts";

export const REPEATS: Readonly<Record<Repeat, string>> = {
  "by-key": "The far side is given the delivery's id with every attempt, and can do it once.",
  "by-nature": "A second time changes nothing.",
  repeats:
    "It happens again. Before each request a `start` is durable in the journal, so that after a crash it is known what may have happened.",
};

/** The vendors' SDKs, by connector; a test has each connector miss them, and compares what it then says. */
const SDKS: Readonly<Record<string, string>> = {
  eventbridge: "@aws-sdk/client-eventbridge",
  s3: "@aws-sdk/client-s3",
  ses: "@aws-sdk/client-ses",
  twilio: "twilio",
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

/** What to install for each connector. */
export function sdkTable(connectors: readonly AnyConnector[]): string {
  return table(
    ["connector", "needs"],
    connectors.map(({ type }) => [code(type), SDKS[type] === undefined ? "nothing" : code(`npm install ${SDKS[type]}`)]),
  );
}

/** What to install for one. */
export function install({ type }: AnyConnector): string {
  const sdk = SDKS[type];
  return sdk === undefined ? "There is no SDK to install." : `\`\`\`sh\nnpm install ${sdk}\n\`\`\``;
}
