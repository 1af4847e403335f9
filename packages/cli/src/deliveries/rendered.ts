import type { DeliveryRecord, Journal } from "@backstitch/core/journal";
import { deliveryId, UNREADABLE, type NewDelivery } from "@backstitch/core/rules";
import type { Project } from "@backstitch/project";

/** What the rules ask for today, or why they do not. */
export type Rendered = { readonly rendered?: NewDelivery } | { readonly refused: string };

/** For a delivery that has no arguments stored: its match failed, or they are forgotten. */
export async function renderedFor(record: DeliveryRecord, journal: Journal, { ruleSet }: Project): Promise<Rendered> {
  if (record.args !== undefined || record.state === "accepted") return {};
  if (record.rule === UNREADABLE)
    return {
      refused:
        'it is a record that its source could not read, so there is no action to retry. "backstitch deliveries show --reveal" shows it.',
    };
  if (record.then === undefined) return { refused: `rule "${record.rule}" could not be decided, so there is no action to retry.` };
  const event = await journal.event(record.eventId);
  if (event === undefined) return { refused: "its event is no longer kept, so its arguments cannot be rendered again." };
  const { deliveries, failures } = await ruleSet.match([event.event]);
  const rendered = deliveries.find(({ key }) => deliveryId(key) === record.id);
  if (rendered !== undefined) return { rendered };
  const failure = failures.find(({ key }) => deliveryId(key) === record.id);
  if (failure !== undefined) return { refused: `it fails again: ${failure.code} ${failure.reason}` };
  const fansOut = deliveries.some(({ rule, then }) => rule === record.rule && then === record.then);
  return {
    refused: fansOut
      ? "its entry now makes one delivery for each element, so there is no single one to retry."
      : "the rules no longer ask for it.",
  };
}
