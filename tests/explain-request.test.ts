import { expect, test } from "vitest";
import { backstitch } from "./support/backstitch.ts";
import { writeProject, type ProjectFolder } from "./support/project.ts";

const ADA = { id: "ada" };
const ORDER = { id: 1, ownerId: "ada", status: "shipped", secret: "x" };

async function shop(): Promise<ProjectFolder> {
  const owner = {
    name: "owner",
    applyWhen: { "root.ownerId": { $path: "user.id" } },
    fields: { secret: { read: false }, status: { write: { "prevRoot.status": { $ne: "shipped" } } } },
    additionalFields: { read: true },
  };
  return writeProject({
    "backstitch.json": {
      sources: { shop: { type: "jsonl", path: "-" } },
      gateway: { port: 0, connectionString: { $secret: "DATABASE_URL" } },
    },
    "collections/orders.json": { roles: [{ name: "staff", applyWhen: { "user.data.role": "staff" }, read: true, write: true }, owner] },
  });
}

async function explained(request: object, ...options: readonly string[]): Promise<string> {
  await using project = await shop();
  await project.write({ "request.json": request });
  const file = `${project.folder}/request.json`;
  const { stdout, stderr, code } = await backstitch(["explain", "orders", "--request", file, "--project", project.folder, ...options]);
  expect(code, stderr).toBe(0);
  return stdout;
}

test("a denial names the role, the field and the test that decided", async () => {
  const text = await explained({ method: "PATCH", user: ADA, document: ORDER, body: { status: "new" } });
  expect(text).toContain('✗ PATCH orders: Denied: role "owner": the field "status".');
  expect(text).toContain('✗ user.data.role  $eq  "staff"  is missing  ← decides');
  expect(text).toMatch(/roles\.owner\.fields\.status\.write[^\n]*\n +✗ prevRoot\.status {2}\$ne {2}"shipped" {2}is "shipped" {2}← decides/);
});

test("what is permitted says by which role, and what is withheld", async () => {
  const text = await explained({ user: ADA, document: { ...ORDER, status: "new" } });
  expect(text).toContain('✓ GET orders: Permitted by the role "owner".');
  expect(text).toContain("Withheld: secret");
});

test("a field that is withheld is refused whether it is guessed or not, and one that was read can be sent back", async () => {
  const document = { ...ORDER, status: "new" };
  for (const [body, mark] of [
    [{ secret: "x" }, '✗ PATCH orders: Denied: role "owner": the field "secret".'],
    [{ secret: "y" }, '✗ PATCH orders: Denied: role "owner": the field "secret".'],
    [{ ownerId: "ada" }, '✓ PATCH orders: Permitted by the role "owner".'],
  ] as const)
    expect(await explained({ method: "PATCH", user: ADA, document, body })).toContain(mark);
  const put = { method: "PUT", user: ADA, document, body: { id: 1, ownerId: "ada", status: "new" } };
  expect(await explained(put)).toContain("✓ PUT orders: Permitted");
});

test("where no role applies, every one says why", async () => {
  const explanation = JSON.parse(await explained({ user: { id: "bob" }, document: ORDER }, "--json")) as { steps: { what: string }[] };
  expect(explanation).toMatchObject({ allowed: false });
  expect(explanation.steps.map(({ what }) => what)).toEqual(["roles.staff.applyWhen", "roles.owner.applyWhen"]);
});

test("a request that cannot be read is a sentence with a remedy", async () => {
  await using project = await shop();
  await project.write({ "request.json": { methd: "GET" } });
  const { stderr, code } = await backstitch([
    "explain",
    "orders",
    "--request",
    `${project.folder}/request.json`,
    "--project",
    project.folder,
  ]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('There is no "methd". Did you mean "method"?')]);
});
