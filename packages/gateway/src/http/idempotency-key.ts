import type { Asker } from "@backstitch/rules/roles";
import { userIdOf } from "./asker.ts";
import { HttpProblem } from "./problem.ts";

const LONGEST = 255;
/** Whoever has not logged in is told from others by the key alone. A UUID has 36. */
const SHORTEST_OF_NOBODY = 32;
/** A string of https://www.rfc-editor.org/rfc/rfc8941#name-strings, without spaces. */
const QUOTED = /^"((?:[!#-[\]-~]|\\["\\])+)"$/;
const PLAIN = /^[!#-~][!-~]*$/;

/** Under which a request may come again; undefined: it came once. @param header With or without quotes. @throws HttpProblem 400 */
export function idempotencyKeyOf(header: string | undefined, { user }: Pick<Asker, "user">): string | undefined {
  if (header === undefined) return undefined;
  const [, quoted] = QUOTED.exec(header) ?? [];
  const key = quoted?.replaceAll(/\\(.)/g, "$1") ?? (PLAIN.test(header) ? header : "");
  if (key === "" || key.length > LONGEST)
    throw notValid(`"Idempotency-Key" has 1 to ${LONGEST} visible characters of ASCII: a UUID is best.`);
  if (userIdOf(user) === undefined && key.length < SHORTEST_OF_NOBODY)
    throw notValid(
      `Who has not logged in sends an "Idempotency-Key" of ${SHORTEST_OF_NOBODY} characters or more that nobody guesses: a UUID.`,
    );
  return key;
}

function notValid(detail: string): HttpProblem {
  return new HttpProblem(400, "IDEMPOTENCY_KEY_INVALID", detail);
}
