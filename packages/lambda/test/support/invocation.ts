import { dynamoDbStreamHandler, type DeadLetter, type HandlerObserver, type HandlerOptions } from "@backstitch/lambda";
import type { Service } from "@backstitch/core/runtime";
import { batchOf, rules, type Item } from "./batch.ts";
import { carrier, type CarriedItem, type Carrier, type CarrierName } from "./carriers.ts";
import { openSink } from "./sink.ts";
import { startFarSide, type FarSide } from "./far-side.ts";

/** A handler with a real far side, its dead letters in memory, and a clock for the time that remains. */
export interface Bench {
  readonly far: FarSide;
  readonly letters: DeadLetter[];
  /** Milliseconds that Lambda says remain. */
  left: number;
  /** Whether dead letters are taken. */
  takesLetters: boolean | "never answers";
  /** One invocation. Returns the index of the record that is answered, if one is. */
  invoke(items: readonly Item[]): Promise<number | undefined>;
  /** One invocation by another carrier. Returns the names that come again. */
  carry(name: CarrierName, items: readonly CarriedItem[]): Promise<readonly string[]>;
  /** A container that remembers nothing. */
  restart(): void;
  /** Letters as `name: state CODE`. */
  written(): string[];
  close(): Promise<void>;
}

export interface BenchOptions {
  readonly services?: readonly ((url: string) => Service)[];
  readonly observe?: HandlerObserver;
  readonly handler?: Partial<Omit<HandlerOptions, "project">>;
}

export async function bench({
  services = [(url) => openSink("sink", url)],
  observe = {},
  handler: more = {},
}: BenchOptions = {}): Promise<Bench> {
  const far = await startFarSide();
  const opened = new Map(services.map((open) => open(far.url)).map((service): [string, Service] => [service.name, service]));
  const options: HandlerOptions = {
    rules,
    services: opened,
    source: "shop",
    observe,
    random: () => 1,
    deadLetters: {
      async send(letters) {
        if (self.takesLetters === "never answers") return new Promise(() => undefined);
        if (!self.takesLetters) throw new Error("the queue is down");
        self.letters.push(...letters);
      },
    },
    ...more,
  };
  let handler = dynamoDbStreamHandler(options);
  const carriers = new Map<CarrierName, Carrier>();
  const self: Bench = {
    far,
    letters: [],
    left: 60_000,
    takesLetters: true,
    async invoke(items) {
      const { batchItemFailures } = await handler(batchOf(items), { getRemainingTimeInMillis: () => self.left });
      if (batchItemFailures.length > 1) throw new Error("more than one record was answered");
      const [first] = batchItemFailures;
      return first === undefined ? undefined : Number(first.itemIdentifier) - 100;
    },
    carry(name, items) {
      const carries = carriers.get(name) ?? carrier(name, options);
      carriers.set(name, carries);
      return carries.invoke(items, () => self.left);
    },
    restart() {
      handler = dynamoDbStreamHandler(options);
      carriers.clear();
    },
    written: () => self.letters.map((letter) => `${nameOf(letter)}: ${letter.state} ${letter.code}`),
    close: () => far.close(),
  };
  return self;
}

function nameOf({ args, event, record }: DeadLetter): string {
  const { eventID, messageId, id } = (record ?? {}) as { eventID?: string; messageId?: string; id?: string };
  return (args?.["name"] ?? event?.after?.["name"] ?? eventID ?? messageId ?? id) as string;
}
