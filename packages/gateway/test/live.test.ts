import { expect, test } from "vitest";
import { ADA, BOB, EVERYBODY, OWNER, SCHEMA, change, follow, given, mine, ready, seen, shop, tell } from "./live-support.ts";
import { gateway, server } from "./support.ts";

const postgres = server();

test("whoever may read a document is told of its changes as they may read it, and nobody else", async () => {
  await using orders = await shop(postgres());
  await using ada = await follow(orders, { user: ADA });
  await using bob = await follow(orders, { user: BOB });
  await using nobody = await follow(orders);
  expect(await Promise.all([ada, bob, nobody].map((one) => one.take(1)))).toEqual([[ready], [ready], [ready]]);
  tell(orders, change(1, mine(1, "new"), { before: null }), change(2, { owner: "bob", status: "new" }, { before: null }));
  tell(orders, change(1, mine(1, "shipped"), { before: mine(1, "new") }));
  expect(await ada.take(2)).toEqual([
    ["change", seen(1, "new")],
    ["change", seen(1, "shipped")],
  ]);
  expect(await bob.take(1)).toEqual([["change", { key: { id: 2 }, document: { id: 2, owner: "bob", status: "new" } }]]);
  tell(orders, change(3, { owner: "nobody" }, { before: null }), change(4, mine(4, "new"), { before: null }));
  expect(await ada.take(1)).toEqual([["change", seen(4, "new")]]);
});

const before = mine(1, "new");

test.each([
  ["deleted, of one's own", [OWNER], change(1, null, { before }), [["remove", { key: { id: 1 } }]]],
  ["deleted, of somebody else's", [OWNER], change(1, null, { before: given }), []],
  ["given away", [OWNER], change(1, given, { before }), [["remove", { key: { id: 1 } }]]],
  ["somebody else's that stays so", [OWNER], change(1, given, { before: given }), []],
  ["deleted, of whom the log does not say", [OWNER], change(1, null), [["reset", {}]]],
  ["perhaps given away", [OWNER], change(1, given), [["reset", {}]]],
  ["not sent whole", [OWNER], change(1, mine(1, "new"), { unsent: ["secret"] }), [["reset", {}]]],
  ["deleted where all can be read", [EVERYBODY], change(1, null), [["remove", { key: { id: 1 } }]]],
  [
    "under another key",
    [EVERYBODY],
    change(2, given, { before: given, previousKey: { id: 1 } }),
    [
      ["remove", { key: { id: 1 } }],
      ["change", { key: { id: 2 }, document: { id: 2, ...given } }],
    ],
  ],
  ["of a snapshot", [EVERYBODY], change(1, given, { origin: "snapshot" }), []],
  ["of another table", [EVERYBODY], change(1, given, { collection: "other" }), []],
  ["deleted, and its key is withheld", [{ ...OWNER, fields: { id: { read: false } } }], change(1, null, { before }), [["reset", {}]]],
] as const)("a change is told: %s", async (_, roles, event, expected) => {
  await using orders = await shop(postgres(), roles);
  await using ada = await follow(orders, { user: ADA });
  tell(orders, event, change(9, { owner: "ada", status: "last" }, { before: null }));
  const isReset = expected.some(([kind]) => kind === "reset");
  const told = await ada.take(expected.length + (isReset ? 1 : 2));
  expect(told.slice(1, expected.length + 1)).toEqual(expected);
  if (!isReset && roles[0].name === "owner") expect(told.at(-1)).toEqual(["change", seen(9, "last")]);
});

test("who can read nothing is not told that anything happened", async () => {
  await using orders = await shop(postgres(), [{ name: "nobody", read: false }]);
  await using ada = await follow(orders, { user: ADA });
  await ada.take(1);
  const id = ada.lastId();
  tell(orders, change(1, null), change(2, given), change(3, given, { unsent: ["secret"] }));
  let said: unknown = "nothing";
  const reading = ada.next().then((message) => (said = message));
  await expect.poll(() => ada.lastId()).not.toBe(id);
  expect(said).toBe("nothing");
  await ada[Symbol.asyncDispose]();
  await reading.catch(() => undefined);
});

test("a filter leaves in what it is true of, and says what is not among it any more", async () => {
  await using orders = await shop(postgres());
  const filter = encodeURIComponent('{"status":"new"}');
  await using ada = await follow(orders, { user: ADA, query: `?filter=${filter}` });
  const hidden = encodeURIComponent('{"secret":"s1"}');
  await using curious = await follow(orders, { user: ADA, query: `?filter=${hidden}` });
  tell(orders, change(1, mine(1, "new"), { before: null }), change(2, mine(2, "shipped"), { before: null }));
  tell(orders, change(1, mine(1, "shipped"), { before: mine(1, "new") }), change(3, mine(3, "shipped")));
  expect(await ada.take(4)).toEqual([ready, ["change", seen(1, "new")], ["remove", { key: { id: 1 } }], ["remove", { key: { id: 3 } }]]);
  // A filter tells nothing of a field that is withheld.
  expect(await curious.take(2)).toEqual([ready, ["remove", { key: { id: 3 } }]]);
});

test("documents in a jsonb column are told as documents", async () => {
  const rules = { live: true, document: "doc", roles: [OWNER] };
  await using notes = await gateway(postgres(), SCHEMA, { notes: rules });
  notes.live.begin(new Map());
  await using ada = await follow(notes, { user: ADA, name: "notes" });
  tell(notes, change(1, { doc: { owner: "ada", text: "hi", secret: 1, id: 7 } }, { collection: "notes", before: null }));
  expect(await ada.take(2)).toEqual([ready, ["change", { key: { id: 1 }, document: { id: 1, owner: "ada", text: "hi" } }]]);
});
