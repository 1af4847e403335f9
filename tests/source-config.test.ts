import { tables } from "@backstitch/cli";
import { formatProblem } from "@backstitch/core/rules";
import { loadProject } from "@backstitch/project";
import { expect, test } from "vitest";
import { httpService, request, rule, writeProject } from "./support/project.ts";

const SECRETS = { URL: "mongodb://wendy:hunter2@localhost/", KEY: "hunter2" };
const mongodb = { type: "mongodb", connectionString: { $secret: "URL" } };
const dynamodb = { type: "dynamodb", table: "orders" };
const key = { $secret: "KEY" };

test.each([
  [{ ...mongodb, database: "shop", collection: "orders", startAt: "2026-01-31T12:00:00+01:00" }, undefined],
  [{ ...mongodb, collection: "orders" }, 'A "collection" takes a "database".'],
  [{ ...mongodb, startAt: "yesterday" }, '"startAt" is "yesterday"; it must be a time like 2026-01-31T12:00:00Z'],
  [{ ...mongodb, startAt: "2026-02-31T99:00:00Z" }, '"startAt" is "2026-02-31T99:00:00Z"'],
  [{ ...mongodb, startAt: "1969-12-31T23:59:59Z" }, "after 1970 and before 2106"],
  [{ ...dynamodb, accessKeyId: "AKIDEXAMPLE", secretAccessKey: key, sessionToken: key }, undefined],
  [{ ...dynamodb, accessKeyId: "AKIDEXAMPLE" }, '"secretAccessKey" is missing beside "accessKeyId".'],
  [{ ...dynamodb, secretAccessKey: key }, '"accessKeyId" is missing beside "secretAccessKey".'],
  [{ ...dynamodb, sessionToken: key }, '"accessKeyId" is missing beside "sessionToken".'],
])("what cannot be read as it is configured is a problem at check: %j", async (config, expected) => {
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: config } },
    "services/sink.json": httpService("http://127.0.0.1:9"),
    "rules/all.json": rule("orders", request("/all", {})),
  });
  const { problems } = await loadProject(project.folder, tables, SECRETS);
  expect(problems.map(formatProblem)).toEqual(expected === undefined ? [] : [expect.stringContaining(expected)]);
  expect(problems.map(formatProblem).join()).not.toContain("hunter2");
});
