import { http } from "@backstitch/connectors/http";
import { expect, test } from "vitest";
import { answering } from "./support/answering.ts";
import { open } from "./support/open.ts";

test("a header that is there twice is refused, since only one of them would be sent", async () => {
  await using far = await answering((response) => response.end());
  await using service = open(http, { baseUrl: far.url });
  const outcome = await service.attempt("request", { path: "x", headers: { "x-trace": "7", "X-Trace": "8" } });
  expect(outcome).toMatchObject({ kind: "rejected", reason: expect.stringContaining("there twice") as string });
  expect(far.requests).toEqual([]);
});
