import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { didYouMean, under } from "../json/index.ts";
import type { ArgumentForm } from "./form.ts";
import { complain, type ArgumentContext, type Written } from "./lowering.ts";
import { childSchema } from "./schema-walk.ts";
import { lowerPathArgument } from "./path-argument.ts";
import { lowerFileArgument, lowerTextArgument } from "./template-argument.ts";

const FORMS = ["$path", "$template", "$literal"];

/** Lowers an argument or a part of one. Every text is a template; an object with a `$` key is one of the forms. */
export function lowerArgument(context: ArgumentContext, written: Written): ArgumentForm {
  const { value } = written;
  if (typeof value === "string") return lowerTextArgument(context, written, value);
  if (Array.isArray(value)) return lowerList(context, written, value as readonly Value[]);
  if (!isRow(value)) return { kind: "constant", value };
  const form = Object.keys(value).find((key) => key.startsWith("$"));
  return form === undefined ? lowerRow(context, written, value) : lowerForm(context, written, { form, value });
}

function lowerForm(
  context: ArgumentContext,
  written: Written,
  { form, value }: { readonly form: string; readonly value: Row },
): ArgumentForm {
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
  return form === "$path" ? lowerPathArgument(context, inside, item) : lowerFileArgument(context, inside, item);
}

function lowerList(context: ArgumentContext, { at, path, schema }: Written, values: readonly Value[]): ArgumentForm {
  const items = values.map((value, index) =>
    lowerArgument(context, { value, at: under(at, index), path: under(path, index), schema: childSchema(schema, index) }),
  );
  if (items.every((item) => item.kind === "constant")) return { kind: "constant", value: items.map(({ value }) => value) };
  return { kind: "list", items };
}

function lowerRow(context: ArgumentContext, { at, path, schema }: Written, row: Row): ArgumentForm {
  const entries = Object.keys(row).map((name) => {
    const value = row[name] ?? null;
    return [
      name,
      lowerArgument(context, { value, at: under(at, name), path: under(path, name), schema: childSchema(schema, name) }),
    ] as const;
  });
  const constants = entries.flatMap(([name, form]) => (form.kind === "constant" ? [[name, form.value] as const] : []));
  return constants.length === entries.length ? { kind: "constant", value: rowFrom(constants) } : { kind: "row", entries };
}
