import { TIMEOUT_MS, type Containers } from "./containers.ts";
import type { PlannedRecord } from "./plan.ts";
import type { World } from "./world.ts";

interface Message {
  readonly record: PlannedRecord;
  /** Epoch milliseconds. */
  visibleAt: number;
  receives: number;
  isOver: boolean;
}

/** As AWS advises: six times the function's timeout. */
const VISIBILITY_MS = 6 * TIMEOUT_MS;
/** The redrive policy. A FIFO group that loses a message so goes on without it, so there it is long. */
const MOST_RECEIVES = { sqs: 6, fifo: 1_000 };

/** A queue's event source mapping: so many batches at a time; what is answered as failed, or not at all, is seen again after the visibility timeout. */
export async function runQueue(world: World, containers: Containers): Promise<void> {
  const { plan, clock } = world;
  const messages = plan.records.map((record): Message => ({ record, visibleAt: 0, receives: 0, isOver: false }));
  const poller = async (): Promise<void> => {
    while (messages.some(({ isOver }) => !isOver)) {
      const batch = receive(messages, world);
      if (batch.length === 0) await clock.sleep(1_000);
      else await hand(batch, world, containers);
    }
  };
  await Promise.all(Array.from({ length: plan.parallelizationFactor }, poller));
}

/** Of a FIFO group nothing is received while one of its earlier messages is out. */
function receive(messages: readonly Message[], { plan, clock, told }: World): readonly Message[] {
  const batch: Message[] = [];
  const stopped = new Set<string>();
  for (const message of messages) {
    const { record, isOver, visibleAt, receives } = message;
    if (isOver || batch.length >= plan.batchSize) continue;
    const isOut = visibleAt > clock.now();
    if (plan.carrier === "fifo" && (isOut || stopped.has(record.group))) {
      stopped.add(record.group);
      continue;
    }
    if (isOut) continue;
    if (receives >= MOST_RECEIVES[plan.carrier === "fifo" ? "fifo" : "sqs"]) {
      message.isOver = true;
      told.keptWhole.add(record.index);
      continue;
    }
    batch.push(message);
  }
  for (const message of batch) Object.assign(message, { visibleAt: clock.now() + VISIBILITY_MS, receives: message.receives + 1 });
  return batch;
}

async function hand(batch: readonly Message[], world: World, containers: Containers): Promise<void> {
  const { plan, told, random, happens } = world;
  const records = batch.map(({ record }) => record);
  // What was answered is not heard of, or a message is delivered once more: both are as if it had not been deleted.
  const comesTwice = happens(plan.faults.duplicate);
  // A standard queue may do so while the first is still out.
  const isAtOnce = comesTwice && plan.carrier === "sqs" && random.below(2) === 0;
  const [answer = "failed"] = await Promise.all(Array.from({ length: isAtOnce ? 2 : 1 }, () => containers.invoke(records)));
  for (const message of batch) {
    if (comesTwice) told.blindly.add(message.record.index);
    message.isOver = answer !== "failed" && !answer.includes(String(message.record.index)) && !comesTwice;
  }
}
