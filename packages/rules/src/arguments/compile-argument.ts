import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { didYouMean, under } from "../json/index.ts";
import type { Facts } from "../facts/facts.ts";
import { complain, type Argument, type ArgumentContext, type DynamicArgument, type Written } from "./argument.ts";
import { compilePathArgument } from "./path-argument.ts";
import { childSchema } from "./schema-walk.ts";
import { compileFileArgument, compileTextArgument } from "./template-argument.ts";

const FORMS = ["$path", "$template", "$literal"];

/** Compiles an argument or a part of one. Every text is a template; an object with a `$` key is one of the forms. */
export function compileArgument(context: ArgumentContext, written: Written): Argument {
  const { value } = written;
  if (typeof value === "string") return compileTextArgument(context, written, value);
  if (Array.isArray(value)) return compileList(context, written, value as readonly Value[]);
  if (!isRow(value)) return { kind: "constant", value };
  const form = Object.keys(value).find((key) => key.startsWith("$"));
  return form === undefined ? compileRow(context, written, value) : compileForm(context, written, { form, value });
}

function compileForm(
  context: ArgumentContext,
  written: Written,
  { form, value }: { readonly form: string; readonly value: Row },
): Argument {
  const { at } = written;
  if (form !== "$literal") context.dynamic.push(written.path);
  const [only, second] = Object.keys(value);
  if (form === "$secret" || form === "$env") {
    return complain(context, {
      code: "RULE_ARGUMENT_SECRET",
      path: under(at, form),
      what: "key",
      message: `A rule cannot hold ${JSON.stringify(form)}: what it renders is stored.`,
      remedy: "Put it in the configuration of the service, in services/.",
    });
  }
  if (!FORMS.includes(form)) {
    const message = `There is no ${JSON.stringify(form)} in arguments.`;
    const remedy = didYouMean(form, FORMS) ?? 'A value whose names begin with $ is written {"$literal": …}.';
    return complain(context, { code: "RULE_ARGUMENT_INVALID", path: under(at, form), what: "key", message, remedy });
  }
  if (second !== undefined) {
    const other = only === form ? second : (only ?? "");
    return complain(context, {
      code: "RULE_ARGUMENT_INVALID",
      path: under(at, other),
      what: "key",
      message: `${JSON.stringify(other)} cannot stand beside ${JSON.stringify(form)}.`,
    });
  }
  const item = value[form] ?? null;
  if (form === "$literal") return { kind: "constant", value: item };
  const inside: Written = { ...written, value: item, at: under(at, form) };
  if (typeof item !== "string") {
    return complain(context, { code: "RULE_ARGUMENT_INVALID", path: inside.at, message: `${JSON.stringify(form)} needs a text.` });
  }
  return form === "$path" ? compilePathArgument(context, inside, item) : compileFileArgument(context, inside, item);
}

function compileList(context: ArgumentContext, { at, path, schema }: Written, values: readonly Value[]): Argument {
  const items = values.map((value, index) =>
    compileArgument(context, { value, at: under(at, index), path: under(path, index), schema: childSchema(schema, index) }),
  );
  if (items.every((item) => item.kind === "constant")) return { kind: "constant", value: items.map(({ value }) => value) };
  return dynamicList(items.map(rendering));
}

/** Made apart, as rows are: what renders does not hold on to what compiled it. */
function dynamicList(renders: readonly ((facts: Facts) => Value)[]): Argument {
  return { kind: "dynamic", render: (facts) => renders.map((render) => render(facts)) };
}

function compileRow(context: ArgumentContext, { at, path, schema }: Written, row: Row): Argument {
  // Every name in its place, `__proto__` too.
  const known = rowFrom(Object.entries(row));
  let renders: Renders | undefined;
  for (const name of Object.keys(row).reverse()) {
    const value = row[name] ?? null;
    const item = compileArgument(context, { value, at: under(at, name), path: under(path, name), schema: childSchema(schema, name) });
    if (item.kind === "dynamic") renders = { name, item, next: renders };
    known[name] = item.kind === "constant" ? item.value : null;
  }
  return renders === undefined ? { kind: "constant", value: known } : new DynamicRow(known, renders);
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
