import type { Failure } from "../connector/outcome.ts";
import type { ClaimedDelivery } from "../journal/delivery.ts";

/** The code of what was too old to be attempted. */
export const EXPIRED = "EXPIRED";

/** Why a delivery is not attempted any more, from the moment at which it expires on; undefined: it may be. Nothing is asked of the far side. */
export function expiryOf(
  { expiresAt, uncertain }: Pick<ClaimedDelivery, "expiresAt" | "uncertain">,
  now: number,
): Failure<"rejected"> | undefined {
  if (expiresAt === undefined || now < expiresAt) return undefined;
  const since = `It expired at ${new Date(expiresAt).toISOString()}`;
  const reason = uncertain ? `${since}; an earlier attempt may have been done.` : `${since}, before it could be done.`;
  return { kind: "rejected", code: EXPIRED, reason };
}
