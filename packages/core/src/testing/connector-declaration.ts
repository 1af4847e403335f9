import { describe, expect, test } from "vitest";
import type { AnyConnector } from "../connector/connector.ts";
import { LINK } from "../connector/link.ts";
import type { JsonSchema } from "../connector/schema.ts";
import { Secret } from "../connector/secret.ts";
import type { ConnectorSuite } from "./connector-suite.ts";

/** What a connector says of itself: names, summaries and schemas. No request is made. */
export function describeDeclaration(connector: AnyConnector, suite: ConnectorSuite): void {
  test("says what it is", () => {
    expect(connector.type).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(connector.summary, "the connector's summary").toMatch(/\S/);
    expect(Object.keys(suite.actions).sort()).toEqual(Object.keys(connector.actions).sort());
  });

  test("takes the configuration", () => {
    expect(suite.validate(connector.config)(revealed(suite.config("http://127.0.0.1:1")))).toEqual([]);
  });

  test("refuses a configuration with an unknown field", () => {
    const config = revealed(suite.config("http://127.0.0.1:1")) as object;
    expect(suite.validate(connector.config)({ ...config, unheardOf: 1 }), '"unheardOf" in the configuration').not.toEqual([]);
  });

  if ((connector.config.required ?? []).length > 0) {
    test.each([...(connector.config.required ?? [])])("refuses a configuration without %j", (name) => {
      expect(suite.validate(connector.config)(without(revealed(suite.config("http://127.0.0.1:1")), name))).not.toEqual([]);
    });
  }

  test("marks every secret of its configuration", () => {
    const texts = textsOf(suite.config("http://127.0.0.1:1"));
    const found = suite.secrets.map((secret) => texts.filter(({ text }) => text.includes(secret)));
    found.forEach((places, n) => expect(places, `the ${n + 1}. secret is not in the configuration`).not.toEqual([]));
    for (const { path, isSecret } of found.flat()) {
      expect(isSecret, `${path.join(".")} is not given as a Secret`).toBe(true);
      expect(
        schemaAt(connector.config, path).some(({ secret }) => secret === true),
        `${path.join(".")} is not marked "secret"`,
      ).toBe(true);
    }
  });

  const { link } = connector;
  if (link !== undefined) {
    test("says what its links are made of", () => {
      expect(link.summary).toMatch(/\S/);
      expect(link.args.type).toBe("object");
      expect(suite.validate(link.args)({ unheardOf: 1 })).not.toEqual([]);
      expect(link.faults?.({} as never) ?? []).toEqual([]);
      expect(connector.actions, "guards could not tell an action of that name from the making of a link").not.toHaveProperty(LINK);
    });
  }

  describe.each(Object.keys(suite.actions))("%s", (name) => {
    describeArguments(connector, suite, name);
  });
}

function describeArguments(connector: AnyConnector, suite: ConnectorSuite, name: string): void {
  const action = connector.actions[name] as AnyConnector["actions"][string];
  const given = suite.actions[name]?.args ?? {};
  const args = typeof given === "function" ? given(0) : given;

  test("says what it does and what doing it twice does", () => {
    expect(action.summary, "the action's summary").toMatch(/\S/);
    expect(["by-key", "by-nature", "repeats"]).toContain(action.repeat);
    expect(action.args.type).toBe("object");
  });

  test("takes the arguments", () => {
    expect(suite.validate(action.args)(args)).toEqual([]);
  });

  test("finds no fault in the arguments, and none where nothing is known of them yet", () => {
    expect(action.faults?.(args as never) ?? [], "faults of arguments that the far side takes").toEqual([]);
    expect(action.faults?.({} as never) ?? [], "faults of arguments of which nothing is known yet").toEqual([]);
  });

  test("counts what it costs in whole units", () => {
    for (const [unit, count] of Object.entries(action.cost ?? {})) {
      expect(unit).toMatch(/^[a-z][a-zA-Z]*$/);
      expect(unit, "an attempt is always one request").not.toBe("requests");
      expect(Number.isSafeInteger(count(args as never)) && count(args as never) >= 0, `${unit} are counted in whole units`).toBe(true);
    }
  });

  test("refuses an unknown argument", () => {
    expect(suite.validate(action.args)({ ...args, unheardOf: 1 }), '"unheardOf" among the arguments').not.toEqual([]);
  });

  if ((action.args.required ?? []).length > 0) {
    test.each([...(action.args.required ?? [])])("refuses arguments without %j", (argument) => {
      expect(suite.validate(action.args)(without(args, argument))).not.toEqual([]);
    });
  }

  test("marks every recipient among its arguments", () => {
    const people = suite.recipients ?? [];
    const places = textsOf(args).filter(({ text }) => people.some((person) => text === person));
    for (const { path } of places) {
      expect(
        schemaAt(action.args, path).some(({ recipient }) => recipient === true),
        `${path.join(".")} is not marked "recipient"`,
      ).toBe(true);
    }
  });
}

/** As a validator sees it: texts, not {@link Secret}s. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, revealed(item)]));
}

function without(value: unknown, name: string): object {
  return Object.fromEntries(Object.entries(value as object).filter(([key]) => key !== name));
}

interface FoundText {
  readonly path: readonly string[];
  readonly text: string;
  readonly isSecret: boolean;
}

function textsOf(value: unknown, path: readonly string[] = []): readonly FoundText[] {
  if (value instanceof Secret) return [{ path, text: value.reveal(), isSecret: true }];
  if (typeof value === "string") return [{ path, text: value, isSecret: false }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => textsOf(item, [...path, name]));
}

/** The schemas that describe what is at the path: several where there are alternatives. */
function schemaAt(schema: JsonSchema, path: readonly string[]): readonly JsonSchema[] {
  const alternatives = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const [name, ...rest] = path;
  if (name === undefined) return alternatives;
  return alternatives.flatMap(({ properties, additionalProperties, items }) => {
    const named = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
    const next = named ?? items ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
    return next === undefined ? [] : schemaAt(next, rest);
  });
}
