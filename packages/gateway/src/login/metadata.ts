import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { HttpProblem } from "../http/problem.ts";
import type { MetadataField } from "./settings.ts";

const LONGEST_SUBJECT = 255;

/** Whether a claim can say whom a token is about: https://openid.net/specs/openid-connect-core-1_0.html#IDToken */
export function isSubject(sub: unknown): sub is string {
  return typeof sub === "string" && sub !== "" && sub.length <= LONGEST_SUBJECT && sub.isWellFormed() && !sub.includes("\0");
}

/** The claims that are kept as user data. @throws HttpProblem 401 where one is missing that must be there. */
export function metadataOf(claims: Row, fields: readonly MetadataField[]): Row {
  return rowFrom(
    fields.flatMap(({ name, field = name, required = false }) => {
      const value = claimAt(claims, name);
      if (value !== undefined) return [[field, value] as const];
      if (required) throw new HttpProblem(401, "CLAIM_MISSING", `The token has no claim ${JSON.stringify(name)}, which it must have.`);
      return [];
    }),
  );
}

/** `a.b`, where `\.` is a dot of a name. */
function claimAt(claims: Row, path: string): Value | undefined {
  const names = path.split(/(?<!\\)\./).map((name) => name.replaceAll("\\.", "."));
  let value: Value | undefined = claims;
  for (const name of names) value = isRow(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
}
