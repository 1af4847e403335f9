import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parser } from "@prometheus-io/lezer-promql";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ROOT, tableUnder } from "./support/markdown.ts";

const PAGE = "docs/operations.md";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}

const file = readFileSync(join(ROOT, "packages/cli/alerts/backstitch.rules.yml"), "utf8");
const { groups } = parse(file) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

/** What the page says of each metric; `observe.test.ts` holds it against what is served. */
const metrics = new Map(
  tableUnder(PAGE, "Metrics").map(([name = "", type = "", labels = "", is = ""]) => [
    name.replaceAll("`", ""),
    { type, labels: labels.replaceAll("`", "").split(", ").filter(Boolean), is },
  ]),
);
/** What Prometheus adds itself. */
const UP = { type: "gauge", labels: ["job"], is: "`backstitch`" };

/** The texts of all nodes of a kind, in an expression that Prometheus' own parser takes whole. */
function nodesIn(expr: string): (kind: string) => readonly string[] {
  const found = new Map<string, string[]>();
  parser.parse(expr).iterate({
    enter({ name, from, to, type }) {
      if (type.isError) throw new Error(`PromQL ends at ${from}: ${expr.slice(from, from + 30)}`);
      found.set(name, [...(found.get(name) ?? []), expr.slice(from, to)]);
    },
  });
  return (kind) => found.get(kind) ?? [];
}

function metricOf(name: string): { readonly type: string; readonly labels: readonly string[]; readonly is: string } | undefined {
  if (name === "up") return UP;
  const whole = metrics.get(name);
  if (whole !== undefined) return whole.type === "histogram" ? undefined : whole;
  const histogram = metrics.get(name.replace(/_(?:bucket|sum|count)$/, ""));
  if (histogram?.type !== "histogram") return undefined;
  return name.endsWith("_bucket") ? { ...histogram, labels: [...histogram.labels, "le"] } : histogram;
}

test("the parser refuses what Prometheus would", () => {
  expect(() => nodesIn("sum by (service) (up{job=}) > 0")).toThrow("PromQL ends at");
});

test("every alert stands on the page with what to do, and no other", () => {
  const documented = tableUnder(PAGE, "Alerts").map(([alert = "", severity]) => [alert.replaceAll("`", ""), severity]);
  expect(documented).toEqual(rules.map(({ alert, labels }) => [alert, labels.severity]));
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

describe.each(rules)("$alert", (rule) => {
  const nodes = nodesIn(rule.expr);
  const selectors = nodes("VectorSelector").map((text) => ({ name: /^\w+/.exec(text)?.[0] ?? "", matchers: matchersIn(text) }));

  test("asks for metrics that are served, by labels and values that they have", () => {
    expect(selectors).not.toEqual([]);
    for (const { name, matchers } of selectors) {
      const metric = metricOf(name);
      expect([name, metric]).toEqual([name, expect.anything()]);
      for (const [label, value] of matchers) {
        expect([name, metric?.labels]).toEqual([name, expect.arrayContaining([label])]);
        const isSaid = metric?.is.includes(`\`${value}\``) === true || (label === "state" && states.has(value));
        expect([name, label, value, isSaid]).toEqual([name, label, value, true]);
      }
    }
  });

  test("groups by labels that its metrics have, and says only what is left of them", () => {
    const grouping = nodes("GroupingLabels").flatMap(namesIn);
    for (const label of grouping.filter((one) => one !== "job")) {
      for (const { name } of selectors) expect([name, metricOf(name)?.labels]).toEqual([name, expect.arrayContaining([label])]);
    }
    const used = Object.values(rule.annotations).flatMap((text) => [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label));
    expect(grouping).toEqual(expect.arrayContaining(used));
  });

  test("counts what only grows by its growth", () => {
    for (const { name } of selectors.filter((one) => one.name.endsWith("_total"))) expect(rule.expr).toContain(`increase(${name}`);
    expect(["critical", "warning", "info"]).toContain(rule.labels.severity);
    expect(rule.for ?? "1m").toMatch(/^\d+[mh]$/);
    expect(rule.annotations["summary"]).toMatch(/\.$/);
  });
});

/** States of deliveries: the page of delivery lists them. */
const states = new Set(tableUnder("docs/delivery.md", "States").flatMap(([state = ""]) => namesIn(state)));

function matchersIn(selector: string): readonly (readonly [label: string, value: string])[] {
  return [...selector.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = "", value = ""]) => [label, value]);
}

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/\w+/g)].map(([name]) => name);
}
