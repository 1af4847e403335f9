import { Secret } from "@backstitch/core/connector";
import type { ReceivedCall } from "@backstitch/core/testing";
import type { Row, Value } from "@backstitch/core/values";
import { http } from "@backstitch/connectors/http";
import { httpPeer } from "@backstitch/sandbox";
import { describeInjection } from "./support/injection.ts";

/** What is sent whatever the action says; what the body and the connection decide is left out. */
const USUAL: ReadonlySet<string> = new Set(
  "authorization backstitch-hops content-type idempotency-key user-agent webhook-id x-tenant".split(" "),
);
const VOLATILE: ReadonlySet<string> = new Set(["connection", "content-length"]);

/** As a server takes it apart: the path decoded, query and form by name, JSON parsed. */
function arrived({ fields, headers }: ReceivedCall): Row {
  const { method, path, query, body } = fields as { readonly [name: string]: string };
  const type = headers["content-type"] ?? "";
  const { host = "", ...others } = headers;
  const sent = Object.entries(others).filter(([name]) => !VOLATILE.has(name));
  return {
    method: method ?? null,
    path: decodeURIComponent(path ?? ""),
    query: pairs(query),
    ...bodyOf(body ?? "", type),
    host: host.replace(/^127\.0\.0\.1:\d+$/, "base"),
    usual: Object.fromEntries(sent.filter(([name]) => USUAL.has(name))),
    headers: ["", ...sent.filter(([name]) => !USUAL.has(name)).flat()],
  };
}

function bodyOf(body: string, type: string): Row {
  if (type === "application/json") return { body: JSON.parse(body) as Value };
  return type === "application/x-www-form-urlencoded" ? { form: pairs(body) } : { body };
}

function pairs(text = ""): Value {
  return [...new URLSearchParams(text)];
}

const BASE64 = /^[A-Za-z0-9+/]+$/;

/** A path and an address are given as they are written there. Node's server forgets a header that is called like a prototype. */
function kept(text: string, argument: string): string {
  if (argument === "headers" && text === "__proto__") return "";
  if (argument === "base64" && BASE64.test(text)) return Buffer.from(text, "base64").toString();
  const written = argument === "url" ? text.replace(/&.*/, "") : text;
  return (argument === "url" || argument === "path" ? decodeURIComponent(written) : written).toWellFormed();
}

describeInjection(http, {
  config: (url) => ({
    baseUrl: `${url}/hooks`,
    allowHosts: ["good.example"],
    standIn: url,
    bearerToken: new Secret("canary-bearer-77aa"),
    headers: { "x-tenant": "acme" },
  }),
  actions: {
    request: {
      args: [
        {
          method: "PUT",
          path: "late",
          query: { late: ["late"] },
          headers: { "x-late": "late" },
          body: { late: "late", list: [{ x: "late" }] },
        },
        { path: "late", body: "late" },
        { path: "late", form: { late: "late", list: ["late"] } },
        { path: "late", base64: "bGF0ZQ==" },
        { url: "https://good.example/hooks?late=", query: { also: "late" }, form: {} },
      ],
      peer: () => httpPeer(),
      arrived,
      places: { base64: ["body"], url: ["path", "query"] },
      kept,
      behind: { url: "https://good.example/hooks?late=" },
    },
  },
});
