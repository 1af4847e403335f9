/** A process that serves orders: `ours` by the gateway, `bare` by a Hono handler that asks the same of the database without any rules. Prints its address. */
import { Secret } from "@backstitch/core/connector";
import { openGateway } from "@backstitch/gateway";
import { validate } from "@backstitch/project";
import { compileCollection } from "@backstitch/rules/roles";
import { postgresReader } from "@backstitch/sources/postgres";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { Pool } from "pg";

const CONNECTIONS = 10;
const [, , side = "ours", connectionString = ""] = process.argv;

/** Staff see everything, and owners what is theirs, without what it cost. */
const RULES = {
  roles: [
    { name: "staff", applyWhen: { "user.data.role": "staff" }, read: true },
    {
      name: "owner",
      applyWhen: { "root.owner": { $path: "user.id" } },
      fields: { cost: { read: false } },
      additionalFields: { read: true },
    },
  ],
};

process.on("SIGTERM", () => process.exit());
process.on("message", () => process.send?.(process.cpuUsage()));
console.log(side === "ours" ? await ours() : await bare());

async function ours(): Promise<string> {
  const file = { path: "collections/orders.json", text: JSON.stringify(RULES) };
  const { rules } = compileCollection(file, { conditions: [], values: [], validate });
  if (rules === undefined) throw new Error("The rules are wrong.");
  const { url } = await openGateway({
    port: 0,
    database: { connectionString: new Secret(connectionString), connections: CONNECTIONS },
    readersOf: postgresReader,
    rules: { collections: [rules], values: {} },
    validate,
    authenticate: async (request) => JSON.parse(request.headers.get("x-user") ?? "null") as never,
    failed: (error) => console.error(error),
  });
  return url;
}

/** As somebody writes it who knows pg: statements are prepared. */
async function bare(): Promise<string> {
  const pool = new Pool({ connectionString, max: CONNECTIONS });
  const app = new Hono();
  const columns = "id, owner, status, price, cost, note, made";
  app.get("/v1/orders/:key", async (context) => {
    const text = `SELECT ${columns} FROM orders WHERE id = $1`;
    const { rows } = await pool.query({ name: "key", text, values: [context.req.param("key")] });
    return rows[0] === undefined ? context.json({ error: "not found" }, 404) : context.json(rows[0]);
  });
  app.get("/v1/orders", async (context) => {
    const user = JSON.parse(context.req.header("x-user") ?? "{}") as { id: string; data?: { role?: string } };
    const filter = JSON.parse(context.req.query("filter") ?? "{}") as { price: { $gt: number } };
    const isStaff = user.data?.role === "staff";
    const whose = isStaff ? "" : " AND owner = $2";
    const text = `SELECT ${columns} FROM orders WHERE price > $1${whose} ORDER BY id LIMIT 51`;
    const values = isStaff ? [filter.price.$gt] : [filter.price.$gt, user.id];
    const { rows } = await pool.query({ name: isStaff ? "staff" : "owner", text, values });
    return context.json({ documents: rows.slice(0, 50), next: rows.length > 50 ? String(rows[49].id) : null });
  });
  return new Promise((resolve) =>
    serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => resolve(`http://127.0.0.1:${port}`)),
  );
}
