/**
 * What a far side says of what it took, the less telling first: what it says once stands until it says something further on in this list.
 * `queued`: it is known there. `delayed`: it was not taken yet where it goes, and is tried again. `read`: whoever got it has opened it.
 * `undelivered`: it did not arrive. `failed`: the far side gave it up before it was sent. `bounced`: the recipient's side refused it.
 * `complained`: whoever got it says that it is unwanted.
 */
export const REPORTED = ["queued", "sent", "delayed", "delivered", "read", "undelivered", "failed", "bounced", "complained"] as const;

export type ReportedStanding = (typeof REPORTED)[number];

/** What the far side says of a delivery after it was told to do it. */
export interface Report {
  readonly standing: ReportedStanding;
  /** By the far side's clock where it tells the time, else by ours when we were told. Epoch milliseconds. */
  readonly at: number;
  /** The vendor's own code with its name before it: `TWILIO_30003`. */
  readonly code?: string | undefined;
  /** A sentence for people. Holds neither secrets nor recipients. */
  readonly reason?: string | undefined;
}

/** One thing that a far side told of its own accord. */
export interface Fact extends Omit<Report, "standing"> {
  /** Absent: it is about recipients alone. */
  readonly standing?: ReportedStanding | undefined;
  /** Of which delivery, as the far side gives it back. */
  readonly deliveryId?: string | undefined;
  /** The far side's name for what it took: the `id` of the receipt. */
  readonly receiptId?: string | undefined;
  /** Recipients to whom nothing more may be sent, since they do not want it or do not exist. */
  readonly suppress?: readonly string[] | undefined;
  /** Recipients who want to be sent to again. */
  readonly unsuppress?: readonly string[] | undefined;
}

/** A request that a far side made. */
export interface InboundRequest {
  readonly method: string;
  /** As the far side wrote it, with its query: what signatures are made over. */
  readonly url: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface ReceiptContext {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Aborts what is asked of others meanwhile, such as for a certificate. */
  readonly signal: AbortSignal;
}

/** How a vendor tells what became of what it took. Only connectors of vendors that do have it. */
export interface Receipts<Config> {
  /** The property of the configuration that is filled with the address of the service's receipts, where that is known and the configuration gives none. */
  readonly callback?: string;
  /** Codes of rejected outcomes that mean: nothing more may be sent to this recipient. */
  readonly suppressedBy?: readonly string[];
  /** What a request says: nothing, where it is none of ours. @throws ReceiptRefused where it is not the vendor's, or cannot be read */
  read(request: InboundRequest, config: Config, context: ReceiptContext): Promise<readonly Fact[]>;
  /** What an event on an event bus says, which only the vendor can put there. Undefined: it is not of this service. */
  readEvent?(event: unknown, config: Config): readonly Fact[] | undefined;
}

/** Why a request is not taken. The message holds nothing of the request, and no secret. */
export class ReceiptRefused extends Error {
  override readonly name = "ReceiptRefused";
  /** 403: it is not the vendor's. 400: it cannot be read. 503: it may come again. */
  readonly status: 400 | 403 | 503;

  constructor(status: 400 | 403 | 503, message: string) {
    super(message);
    this.status = status;
  }
}
