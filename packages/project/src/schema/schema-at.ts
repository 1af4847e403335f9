import type { JsonSchema } from "@backstitch/core/connector";

/** Path into a value. */
export type Path = readonly (string | number)[];

/** Whether a place takes a secret: only by reference, also by reference, or not at all. */
export type SecretAt = "must" | "may" | "no";

const DEEPEST = 16;

/** The schemas that describe what is at a path, with all that they are made of (`anyOf`, `allOf`, `$ref`, …). Empty: nothing is said of it. */
export function schemasAt(root: JsonSchema, path: Path): readonly JsonSchema[] {
  return declaredAt(root, path).flatMap((schema) => expand(root, schema));
}

/** Whether the value at a path is given by `{"$secret": …}`. */
export function secretAt(root: JsonSchema, path: Path): SecretAt {
  const found = declaredAt(root, path).map((schema) => secretness(root, schema, 0));
  if (found.every((one) => one === "no")) return "no";
  return found.every((one) => one === "must") ? "must" : "may";
}

/** Whether a schema on the way to a path, or at it, says that the value is a secret or names a person. */
export function isSensitive(root: JsonSchema, path: Path): boolean {
  return [...path, ""].some((_, length) =>
    schemasAt(root, path.slice(0, length)).some(({ recipient, secret }) => recipient === true || secret === true),
  );
}

/** The paths that take secrets, as people write them: `authToken`, `headers.*`. */
export function secretsOf(root: JsonSchema, schema = root, prefix = "", depth = 0): readonly string[] {
  if (depth > DEEPEST) return [];
  const found = expand(root, schema).flatMap(({ properties = {}, additionalProperties, items, secret }) => [
    ...(secret === true && prefix !== "" ? [prefix] : []),
    ...Object.entries(properties).flatMap(([name, inner]) => secretsOf(root, inner, join(prefix, name), depth + 1)),
    ...(typeof additionalProperties === "object" ? secretsOf(root, additionalProperties, join(prefix, "*"), depth + 1) : []),
    ...(items === undefined ? [] : secretsOf(root, items, `${prefix}[]`, depth + 1)),
  ]);
  return [...new Set(found)];
}

function join(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}.${name}`;
}

function declaredAt(root: JsonSchema, path: Path): readonly JsonSchema[] {
  let here: readonly JsonSchema[] = [root];
  for (const key of path) here = here.flatMap((schema) => expand(root, schema)).flatMap((schema) => step(schema, key));
  return here;
}

function step({ properties, additionalProperties, items }: JsonSchema, key: string | number): readonly JsonSchema[] {
  if (typeof key === "number") return items === undefined ? [] : [items];
  const own = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
  if (own !== undefined) return [own];
  return typeof additionalProperties === "object" ? [additionalProperties] : [];
}

function expand(root: JsonSchema, schema: JsonSchema, depth = 0): readonly JsonSchema[] {
  if (depth > DEEPEST) return [];
  const { anyOf = [], oneOf = [], allOf = [] } = schema;
  const parts = [...anyOf, ...oneOf, ...allOf, ...target(root, schema)];
  return [schema, ...parts.flatMap((part) => expand(root, part, depth + 1))];
}

function target(root: JsonSchema, { $ref }: JsonSchema): readonly JsonSchema[] {
  if ($ref === "#") return [root];
  const name = /^#\/\$defs\/([^/]+)$/.exec($ref ?? "")?.[1];
  const found = name === undefined || root.$defs === undefined || !Object.hasOwn(root.$defs, name) ? undefined : root.$defs[name];
  return found === undefined ? [] : [found];
}

function secretness(root: JsonSchema, schema: JsonSchema, depth: number): SecretAt {
  if (schema.secret === true) return "must";
  if (depth > DEEPEST) return "no";
  const inner = (one: JsonSchema): SecretAt => secretness(root, one, depth + 1);
  const whole = [...(schema.allOf ?? []), ...target(root, schema)].map(inner);
  if (whole.includes("must")) return "must";
  const branches = (schema.anyOf ?? schema.oneOf ?? []).map(inner);
  if (branches.length > 0 && branches.every((one) => one === "must")) return "must";
  return [...whole, ...branches].some((one) => one !== "no") ? "may" : "no";
}
