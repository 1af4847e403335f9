import type { Lands } from "@backstitch/core/connector";
import { rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { Facts } from "../facts/facts.ts";
import { under } from "../json/located.ts";
import { makeTemplate, type RenderText } from "../template/make-template.ts";
import type { Argument, ArgumentPlace, DynamicArgument } from "./argument.ts";
import type { ArgumentForm, TemplateForm } from "./form.ts";
import { makePathArgument } from "./make-path.ts";
import { naming } from "./naming.ts";
import { childSchema, landsOf } from "./schema-walk.ts";

/** What renders a template whatever is in it, and says why it cannot. */
export type RenderWhole = (form: TemplateForm, lands: Lands) => RenderText;

/** Makes what renders an argument, or a part of one. */
export function makeArgument(form: ArgumentForm, place: ArgumentPlace, whole: RenderWhole): Argument {
  switch (form.kind) {
    case "constant":
      return { kind: "constant", value: form.value };
    case "path":
      return makePathArgument(form.path, place);
    case "template": {
      const lands = landsOf(place.schema);
      const render = makeTemplate(form, lands, whole(form, lands));
      return { kind: "dynamic", render: naming(place.path, wellFormed(render)) };
    }
    case "list":
      return dynamicList(form.items.map((item, index) => rendering(makeArgument(item, inside(place, index), whole))));
    case "row":
      return makeRow(form.entries, place, whole);
  }
}

function inside({ path, schema }: ArgumentPlace, key: string | number): ArgumentPlace {
  return { path: under(path, key), schema: childSchema(schema, key) };
}

function wellFormed(render: RenderText): RenderText {
  return (facts) => render(facts).toWellFormed();
}

function makeRow(entries: Extract<ArgumentForm, { kind: "row" }>["entries"], place: ArgumentPlace, whole: RenderWhole): Argument {
  // Every name in its place, `__proto__` too.
  const known = rowFrom(entries.map(([name]) => [name, null as Value] as const));
  let renders: Renders | undefined;
  for (const [name, form] of entries.toReversed()) {
    const item = makeArgument(form, inside(place, name), whole);
    if (item.kind === "dynamic") renders = { name, item, next: renders };
    known[name] = item.kind === "constant" ? item.value : null;
  }
  return renders === undefined ? { kind: "constant", value: known } : new DynamicRow(known, renders);
}

/** Made apart, as rows are: what renders does not hold on to what compiled it. */
function dynamicList(renders: readonly ((facts: Facts) => Value)[]): Argument {
  return { kind: "dynamic", render: (facts) => renders.map((render) => render(facts)) };
}

/** What must be rendered, one by one: mostly it is one. */
interface Renders {
  readonly name: string;
  readonly item: DynamicArgument;
  readonly next: Renders | undefined;
}

/** What is known stands in a row that is copied for each event, every name in its place: as its own property, `__proto__` too. */
class DynamicRow implements DynamicArgument {
  readonly kind = "dynamic";
  private readonly known: Row;
  private readonly renders: Renders;

  constructor(known: Row, renders: Renders) {
    this.known = known;
    this.renders = renders;
  }

  render(facts: Facts): Row {
    const row: Record<string, Value> = { ...this.known };
    for (let part: Renders | undefined = this.renders; part !== undefined; part = part.next) row[part.name] = part.item.render(facts);
    return row;
  }
}

function rendering(item: Argument): (facts: Facts) => Value {
  if (item.kind === "dynamic") return (facts) => item.render(facts);
  const { value } = item;
  return () => value;
}
