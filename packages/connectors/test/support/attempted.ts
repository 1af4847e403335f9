import type { AnyConnector, Outcome } from "@backstitch/core/connector";
import { deliveryId, LINKS } from "@backstitch/core/rules";
import { attempt, openService, type AttemptOptions, type Service } from "@backstitch/core/runtime";
import type { Row } from "@backstitch/core/values";
import { validate } from "./validate.ts";

/** One attempt, as a test makes it. */
export interface Tried extends AttemptOptions {
  readonly config: unknown;
  readonly action: string;
  readonly args: Row;
  /** Tells deliveries apart. @default "1" */
  readonly key?: string;
  /** An earlier attempt at the same delivery was uncertain. @default false */
  readonly uncertain?: boolean;
  /** Through how many deliveries its event came. @default nobody told */
  readonly hops?: number;
  /** @default "retry" */
  readonly ifUncertain?: "retry" | "hold";
  /** What stands for a link in the arguments, and what it becomes. @default they have none */
  readonly linked?: { readonly mark: string; readonly link: string } | undefined;
}

/** Attempts one delivery through the runtime's own `attempt`, over a service of its own. */
export async function attempted(connector: AnyConnector, tried: Tried): Promise<Outcome> {
  const { config, action, key = "1", uncertain = false, ifUncertain = "retry", hops, linked, ...options } = tried;
  const service = openService({ name: "tested", connector, config }, validate);
  const links = linked && { [LINKS]: { [linked.mark]: { name: "link", service: "linking", with: {} } } };
  const args = { ...tried.args, ...links };
  const delivery = { id: idOf(key), service: "tested", action, args, attempts: uncertain ? 1 : 0, uncertain, ifUncertain, hops };
  const linking: Service = {
    ...service,
    name: "linking",
    link: { summary: "", args: {}, faults: () => [], make: async () => linked?.link ?? "" },
    client: async () => undefined,
  };
  try {
    return await attempt(
      delivery,
      new Map([
        ["tested", service],
        ["linking", linking],
      ]),
      options,
    );
  } finally {
    await service.close();
  }
}

/** The delivery id that {@link attempted} uses. */
export function idOf(key: string): string {
  return deliveryId(`test/${key}`);
}
