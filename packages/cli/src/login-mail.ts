import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Failure, Outcome } from "@backstitch/core/connector";
import { deliveryId } from "@backstitch/core/rules";
import { attempt } from "@backstitch/core/runtime";
import type { LoginMail } from "@backstitch/gateway";
import type { CompiledCall } from "@backstitch/rules/roles";
import type { InForce } from "./in-force.ts";

/** A mail of the login was not sent. Neither the mail nor to whom is told. */
export interface MailFailure extends Pick<Failure, "code" | "reason"> {
  readonly service: string;
  readonly action: string;
}

const ATTEMPTS = 3;
const LONGEST_WAIT_MS = 30_000;

/** Has the project's service send the mails of its login: its guards and deadline hold, and what provably was not done is tried again. */
export function mailBy(inForce: InForce, failed: (failure: MailFailure) => void): (mail: LoginMail) => Promise<void> {
  return async (mail) => {
    const call = inForce.project().gateway?.login?.mails[mail.purpose];
    if (call === undefined) return;
    const { service, action } = call;
    try {
      const outcome = await sent(call, mail, inForce);
      if (outcome.kind !== "accepted") failed({ service, action, code: outcome.code, reason: outcome.reason });
    } catch (error) {
      // What a template says of itself quotes no value.
      failed({ service, action, code: "ARGUMENTS_INVALID", reason: error instanceof Error ? error.message : "They cannot be made." });
    }
  };
}

async function sent(call: CompiledCall, mail: LoginMail, inForce: InForce): Promise<Outcome> {
  const { service, action } = call;
  const { purpose, email, link, token } = mail;
  const args = call.render({ user: { data: { email } }, request: { purpose, link, token } });
  const id = deliveryId(randomBytes(16).toString("hex"));
  for (let attempts = 0; ; attempts++) {
    const outcome = await attempt({ id, service, action, args, attempts, uncertain: false, ifUncertain: "hold" }, inForce.services());
    const isUndone = outcome.kind === "throttled" || outcome.kind === "unavailable";
    if (!isUndone || attempts + 1 >= ATTEMPTS) return outcome;
    await wait(Math.min(outcome.retryAfterMs ?? 1_000 * 2 ** attempts, LONGEST_WAIT_MS));
  }
}
