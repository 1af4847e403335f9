import { describe, expect, test } from "vitest";
import { gateway, server, type Answer } from "./support.ts";

const postgres = server();

describe("keys", () => {
  test("of several columns are compared one by one", async () => {
    const role = { name: "all", read: true, write: true, insert: true };
    await using pairs = await gateway(postgres(), "CREATE TABLE pairs (one text, two text, PRIMARY KEY (one, two))", {
      pairs: { roles: [role] },
    });
    const put = async (key: string): Promise<Answer> => pairs.ask(`/v1/pairs/${key}`, { method: "PUT", json: { one: "a,b", two: "c" } });
    expect((await put("a,b%2Cc")).body).toMatchObject({ status: 422, code: "KEY_DIFFERS" });
    expect((await put("a%2Cb,c")).status).toBe(201);
  });

  test.each([
    ["jsonb", "jsonb"],
    ["int[]", "an array"],
  ])("of the type %s are refused when it starts", async (type, called) => {
    const opened = gateway(postgres(), `CREATE TABLE odd (id ${type} PRIMARY KEY)`, { odd: { roles: [{ name: "all", read: true }] } });
    await expect(opened).rejects.toThrow(`collections/odd.json: the primary key of "odd" has "id", which is ${called}`);
  });
});
