import type { Operation } from "@backstitch/core/source";

/** What DynamoDB Streams have: a put over an item is a MODIFY, so nothing is ever replaced; `before` where the stream's view has old images. */
export const dynamoDbSends: { readonly operations: readonly Operation[]; readonly before: boolean } = {
  operations: ["insert", "update", "delete"],
  before: true,
};
