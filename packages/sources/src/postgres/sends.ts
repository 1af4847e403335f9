import type { Operation } from "@backstitch/core/source";

/** What PostgreSQL's log has: an update says which row it was, so nothing is ever replaced; `before` under REPLICA IDENTITY FULL. */
export const postgresSends: { readonly operations: readonly Operation[]; readonly before: boolean } = {
  operations: ["insert", "update", "delete"],
  before: true,
};
