import { Secret } from "@backstitch/core/connector";
import { http } from "@backstitch/connectors/http";
import { expect, test } from "vitest";
import { failures, type FailureRow } from "../src/http/failure.ts";
import { answering } from "./support/answering.ts";
import { open } from "./support/open.ts";
import { casesOf } from "./support/statuses.ts";

const cases = casesOf(failures);

async function outcomeOf(status: number, when: FailureRow["when"]) {
  await using far = await answering((response) => response.writeHead(status).end());
  const { port } = new URL(far.url);
  const elsewhere = { allowHosts: [`http://127.0.0.1:${port}`], allowAddresses: ["127.0.0.1/32"] };
  const credentials = when === "where the service has credentials" ? { bearerToken: new Secret("t0ken") } : {};
  await using service = open(http, { baseUrl: far.url, ...elsewhere, ...credentials });
  const args = when === "to a url" ? { url: `${far.url}/x` } : { path: "x" };
  const outcome = await service.attempt("request", args, { attempts: when === "at a later attempt" ? 1 : 0 });
  return { outcome, count: far.requests.length };
}

test.each(cases)("$status $when is $outcome", async ({ status, when, outcome: kind, says }) => {
  const { outcome, count } = await outcomeOf(status, when);
  expect(outcome).toMatchObject({
    kind,
    code: `HTTP_${status}`,
    reason: expect.stringContaining(`answered ${status}: ${says}.`) as string,
  });
  expect(count).toBe(1);
});

test("a host of a url that refuses the service's credentials does not lock the service out", async () => {
  await using far = await answering((response) => response.writeHead(401).end());
  const { port } = new URL(far.url);
  await using service = open(http, {
    allowHosts: [`http://127.0.0.1:${port}`],
    allowAddresses: ["127.0.0.1/32"],
    signingSecret: new Secret("s3cret"),
  });
  expect(await service.attempt("request", { url: far.url })).toMatchObject({ kind: "rejected", code: "HTTP_401" });
});
