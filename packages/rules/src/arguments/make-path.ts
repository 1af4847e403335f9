import type { JsonSchema } from "@backstitch/core/connector";
import { isRow, rowFrom, type Value } from "@backstitch/core/values";
import type { Facts } from "../facts/facts.ts";
import { compileRead } from "../facts/read.ts";
import { pathText } from "../path/parse-path.ts";
import { nameOfPath, ofPath, type Path } from "../path/resolve-path.ts";
import { ArgumentFault } from "../template/fault.ts";
import { landWhole } from "../template/landing.ts";
import { compileUnsentOf } from "../template/unsent.ts";
import type { Argument, ArgumentPlace } from "./argument.ts";
import { naming } from "./naming.ts";
import { childSchema, hasLanding, landsOf } from "./schema-walk.ts";

/** What a path gives, with its type; texts in it are escaped for where they land. */
export function makePathArgument(path: Path, place: ArgumentPlace): Argument {
  const name = pathText(place.path.map(String));
  const { schema } = place;
  const known = rendered(path).find((one) => one.name === name && one.schema === schema);
  if (known !== undefined) return known.argument;
  const argument: Argument = { kind: "dynamic", render: naming(place.path, renderPath(path, schema)) };
  rendered(path).push({ name, schema, argument });
  return argument;
}

interface Rendered {
  readonly name: string;
  readonly schema: JsonSchema | undefined;
  readonly argument: Argument;
}

/** Many rules read the same into the same argument. */
const rendered = ofPath((): Rendered[] => []);

function renderPath(path: Path, schema: JsonSchema | undefined): (facts: Facts) => Value {
  const read = readWhole(path);
  const unsent = compileUnsentOf([path]);
  const landing = hasLanding(schema);
  return (facts) => {
    unsent?.(facts);
    const value = read(facts);
    if (value === undefined) throw new ArgumentFault("ARGUMENT_MISSING", `${nameOfPath(path)} is missing`);
    return landing ? landed(value, schema) : value;
  };
}

/** A root that is null is a value here, although tests count it as missing. */
function readWhole(path: Path): (facts: Facts) => Value | undefined {
  const read = compileRead(path);
  const { root } = path;
  if (path.segments.length > 0 || root === "element") return (facts) => read(facts, undefined);
  return (facts) => facts[root];
}

function landed(value: Value, schema: JsonSchema | undefined): Value {
  if (typeof value === "string") return landWhole(value, landsOf(schema));
  if (Array.isArray(value)) return value.map((item: Value, index) => landed(item, childSchema(schema, index)));
  if (!isRow(value)) return value;
  return rowFrom(Object.entries(value).map(([name, item]) => [name, landed(item, childSchema(schema, name))] as const));
}
