import type { AttemptContext } from "@backstitch/core/connector";
import type { Row } from "@backstitch/core/values";

/** What an event says happened: itself, or where that is stored. */
export type Payload = { readonly detail: Row } | { readonly stored: StoredDetail };

export interface StoredDetail {
  readonly bucket: string;
  readonly key: string;
  readonly bytes: number;
}

/** Adds to the payload by what a receiver can tell a repeat, and a circle. */
export function plainDetail(payload: Payload, { deliveryId, hops }: AttemptContext): Row {
  const own = "detail" in payload ? payload.detail : { claimCheck: { ...payload.stored } };
  return { ...own, backstitchDeliveryId: deliveryId, backstitchHops: hops };
}

/**
 * A CloudEvent 1.0 in JSON; the delivery's id is its id, so that a repeat is the same event.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md, and the extensions `traceparent` and `dataref`.
 */
export function cloudEvent(
  payload: Payload,
  { deliveryId, hops, traceparent }: AttemptContext,
  { source, type, time }: { readonly source: string; readonly type: string; readonly time: string | undefined },
): Row {
  return {
    specversion: "1.0",
    id: deliveryId,
    source,
    type,
    ...(time === undefined ? {} : { time }),
    backstitchhops: hops,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...("detail" in payload
      ? { datacontenttype: "application/json", data: payload.detail }
      : { datacontenttype: "application/json", dataref: `s3://${payload.stored.bucket}/${payload.stored.key}` }),
  };
}
