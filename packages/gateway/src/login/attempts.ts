import { widerNetworkOf } from "../http/address.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Queries } from "../postgres/database.ts";
import { digestOf } from "./digest.ts";
import { instant, MINUTE_MS } from "./time.ts";

/** Who tries: at which account, and from where. */
export interface Attempt {
  readonly what: keyof typeof LIMITS;
  /** Undefined: at none in particular. */
  readonly account: string | undefined;
  readonly address: string;
}

/** How often something may be tried, over all processes. */
export interface Attempts {
  /** Counts one, before it is made: of those made at the same time none slips through. @throws HttpProblem 429 */
  take(attempt: Attempt): Promise<void>;
  /** Counts what goes wrong with the work, and that alone: neither what was right, nor what could not be looked at now. @throws HttpProblem 429 */
  during<Result>(attempt: Attempt, work: () => Promise<Result>): Promise<Result>;
}

interface Bucket {
  readonly name: string;
  readonly most: number;
}

const WINDOW_MS = 15 * MINUTE_MS;
/** Where people share an address, several may mistype. */
const MOST_PER_ADDRESS = 100;
/** Of the 65,536 networks of IPv6 that one customer may have. */
const MOST_PER_WIDER = 1_000;
/**
 * Per account: from one address, and from all. Whoever wants to keep somebody out of their account needs ten addresses of IPv4, or ten /48 of IPv6.
 * What sends mails is not for bombs.
 */
const LIMITS = {
  login: { fromOne: 10, fromAll: 100 },
  register: { fromOne: 5, fromAll: 20 },
  reset: { fromOne: 5, fromAll: 20 },
  link: { fromOne: 10, fromAll: 100 },
  anonymous: { fromOne: 10, fromAll: 100 },
  token: { fromOne: 10, fromAll: 100 },
  oidc: { fromOne: 10, fromAll: 100 },
};

const TAKE = `INSERT INTO backstitch.login_attempt AS a (bucket, count, ends_at) VALUES ($1, 1, $2::timestamptz)
 ON CONFLICT (bucket) DO UPDATE SET count = CASE WHEN a.ends_at <= $3::timestamptz THEN 1 ELSE least(a.count, 1000000) + 1 END,
   ends_at = CASE WHEN a.ends_at <= $3::timestamptz THEN excluded.ends_at ELSE a.ends_at END
 RETURNING count, ceil(extract(epoch FROM ends_at - $3::timestamptz)) AS seconds`;

export function createAttempts(queries: Queries, now: () => number): Attempts {
  const take: Attempts["take"] = async (attempt) => {
    const at = now();
    // The narrowest first: whom it stops does not count for others.
    for (const { name, most } of bucketsOf(attempt)) {
      const [row] = await queries.query(TAKE, [name, instant(at + WINDOW_MS), instant(at)]);
      if (Number(row?.["count"]) > most) throw tooMany(row?.["seconds"] ?? "60");
    }
  };
  const giveBack = async (attempt: Attempt): Promise<void> => {
    for (const { name } of bucketsOf(attempt))
      await queries.query("UPDATE backstitch.login_attempt SET count = greatest(count - 1, 0) WHERE bucket = $1", [name]);
  };
  return {
    take,
    async during(attempt, work) {
      await take(attempt);
      const result = await work().catch(async (error: unknown) => {
        if (error instanceof HttpProblem && error.status === 503) await giveBack(attempt);
        throw error;
      });
      await giveBack(attempt);
      return result;
    },
  };
}

function bucketsOf({ what, account, address }: Attempt): readonly Bucket[] {
  const named = (...parts: readonly string[]): string => digestOf(JSON.stringify([what, ...parts]));
  const wider = widerNetworkOf(address);
  const ofAddress = [
    { name: named("address", address), most: MOST_PER_ADDRESS },
    ...(wider === undefined ? [] : [{ name: named("address", wider), most: MOST_PER_WIDER }]),
  ];
  if (account === undefined) return ofAddress;
  return [
    { name: named("both", account, wider ?? address), most: LIMITS[what].fromOne },
    ...ofAddress,
    { name: named("account", account), most: LIMITS[what].fromAll },
  ];
}

function tooMany(seconds: string): HttpProblem {
  const detail = `This was tried too often. Try again in ${seconds} s.`;
  return new HttpProblem(429, "TOO_MANY_ATTEMPTS", detail, { headers: { "retry-after": seconds } });
}
