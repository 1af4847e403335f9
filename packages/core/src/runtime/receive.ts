import { ReceiptRefused, type InboundRequest } from "../connector/receipts.ts";
import { JournalFull, type Journal } from "../journal/journal.ts";
import type { News } from "../journal/news.ts";
import type { Observer } from "./observer.ts";
import type { Service, Services } from "./service.ts";

/** What takes receipts in. */
export interface Receiving {
  /** In force now. */
  readonly services: () => Services;
  readonly journal: Pick<Journal, "learn">;
  /** Under which address far sides reach us: signatures are made over it, and nothing that a request says of it is believed. */
  readonly publicUrl: string;
  readonly observer?: Observer | undefined;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  readonly signal: AbortSignal;
}

/** 204: the journal has all of it. 503: it has not, and the request may come again. Others: it is not taken, and the sentence says why. */
export interface ReceiptAnswer {
  readonly status: 204 | 400 | 403 | 404 | 405 | 500 | 503;
  /** Holds nothing of the request, and no secret. */
  readonly sentence: string;
}

/** A request as it arrived: its address begins with the path. */
export type Arrived = Omit<InboundRequest, "url"> & { readonly path: string };

/** Where a service's receipts are taken, below the public address. */
function receiptsPath(service: string): string {
  return `/receipts/${service.split("/").map(encodeURIComponent).join("/")}`;
}

/** The address that a vendor is given. */
export function receiptsUrl(publicUrl: string, service: string): string {
  return `${publicUrl.replace(/\/+$/, "")}${receiptsPath(service)}`;
}

/** Takes one request: who makes it is checked, what it says is read, and the journal has that before it is answered 204. Never throws. */
export async function receive(arrived: Arrived, receiving: Receiving): Promise<ReceiptAnswer> {
  const service = serviceAt(arrived.path, receiving);
  if (service?.receipts === undefined) return { status: 404, sentence: "No service takes receipts here: they go to /receipts/SERVICE." };
  if (arrived.method !== "POST") return { status: 405, sentence: "Receipts are posted here." };
  const { publicUrl, signal, now = Date.now } = receiving;
  const query = /\?.*$/.exec(arrived.path)?.[0] ?? "";
  const request: InboundRequest = { ...arrived, url: `${receiptsUrl(publicUrl, service.name)}${query}` };
  try {
    const facts = await service.receipts.read(request, { now: now(), signal });
    await learn(
      facts.map((fact) => ({ ...fact, service: service.name })),
      receiving,
    );
    return { status: 204, sentence: "" };
  } catch (error) {
    return refusalOf(error);
  }
}

/** The journal has all of it when this resolves. */
export async function learn(news: readonly News[], { journal, observer }: Pick<Receiving, "journal" | "observer">): Promise<void> {
  if (news.length === 0) return;
  const learned = await journal.learn(news);
  news.forEach((one, index) => observer?.learned?.(one, learned[index] ?? "unknown"));
}

/** Whoever stands in front may have taken the public address's own path away, or not. */
function serviceAt(path: string, { services, publicUrl }: Receiving): Service | undefined {
  const [place = ""] = path.split("?", 1);
  const prefix = new URL(publicUrl).pathname.replace(/\/+$/, "");
  const all = [...services().values()];
  return all.find(({ name }) => place === receiptsPath(name) || place === `${prefix}${receiptsPath(name)}`);
}

function refusalOf(error: unknown): ReceiptAnswer {
  if (error instanceof ReceiptRefused) return { status: error.status, sentence: error.message };
  if (error instanceof JournalFull) return { status: 503, sentence: "The journal has no room now: send it again." };
  return { status: 500, sentence: "The receipt could not be taken. Nothing of it is recorded." };
}
