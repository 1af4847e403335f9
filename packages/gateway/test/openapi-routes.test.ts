import { Secret } from "@backstitch/core/connector";
import { describe, expect, test } from "vitest";
import { createApp } from "../src/http/app.ts";
import type { GatewayContext } from "../src/http/context.ts";
import { openLogin } from "../src/login/login.ts";
import type { LoginOptions } from "../src/login/settings.ts";
import { DESCRIPTIONS } from "../src/openapi/document.ts";
import { openDatabase } from "../src/postgres/database.ts";
import { ALL, documentOf, expectValid } from "./openapi-support.ts";
import { gateway, server } from "./support.ts";

const postgres = server();

/** Every way to log in. */
const LOGIN: LoginOptions = {
  publicUrl: "https://shop.example.com",
  emailPassword: { confirmUrl: "https://shop.example.com/confirm", resetUrl: "https://shop.example.com/reset" },
  apiKey: true,
  anonymous: true,
  customToken: { algorithm: "HS256", secrets: [new Secret("x".repeat(32))], audience: ["shop"] },
  oidc: { acme: { issuer: "https://acme.example.com", clientId: "shop", redirectUris: ["https://shop.example.com"] } },
};

const WEBHOOKS = new Map([
  ["/webhooks/paid", { methods: ["POST"], maxBodyBytes: 1_000, receive: async () => ({ status: 204, headers: {} }) }],
]);

describe("routes and descriptions", () => {
  test("are the same: every route is described, and nothing is that is no route", async () => {
    const database = openDatabase({ connectionString: new Secret(postgres().url) });
    await using closing = new AsyncDisposableStack();
    closing.defer(() => database.close());
    const login = await openLogin({
      database,
      options: LOGIN,
      customData: async () => ({}),
      send: async () => undefined,
      proxies: 0,
      failed: () => undefined,
    });
    closing.defer(() => login.close());
    const context = {
      collections: () => new Map(),
      webhooks: () => WEBHOOKS,
      origins: [],
      live: {},
      login: login.routes,
      openapi: { login: LOGIN },
    };
    const app = createApp(context as unknown as GatewayContext, () => undefined);
    // What is for every method is middleware, webhooks, and the words of 405.
    const served = app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(DESCRIPTIONS).sort()).toEqual([...new Set(served)].sort());
  });

  test("are all in a document that is valid, with every way to log in and every webhook", async () => {
    const login = { options: LOGIN, send: async () => undefined };
    await using opened = await gateway(
      postgres(),
      'CREATE TABLE "odd name" ("the key" int PRIMARY KEY)',
      { "odd name": ALL },
      {
        openapi: true,
        login,
        webhooks: () => WEBHOOKS,
      },
    );
    const document = await documentOf(opened);
    await expectValid(document);
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => ({ path, method, ...one })),
    );
    expect(operations.filter(({ summary }) => summary === undefined)).toEqual([]);
    const ids = operations.flatMap(({ operationId }) => operationId ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const paths = Object.keys(document.paths);
    for (const path of [
      "/webhooks/paid",
      "/v1/auth/login/acme",
      "/v1/auth/login/anonymous",
      "/v1/auth/apiKeys/{id}/disable",
      "/v1/odd%20name/{key-1}",
      "/action/aggregate",
    ])
      expect(paths).toContain(path);
    // Each is really there: what is not is told in other words.
    for (const { path, method } of operations) {
      const { status, body } = await opened
        .ask(path.replace("{file}", "start.js").replaceAll(/\{[^}]*\}/g, "1"), { method: method.toUpperCase(), redirect: "manual" })
        .catch(() => ({ status: 0, body: undefined }));
      expect((body as { code?: string } | undefined)?.code, `${method} ${path}: ${status}`).not.toBe("ROUTE_UNKNOWN");
      expect(status, `${method} ${path}`).not.toBe(405);
    }
  });

  test("tell of no login where there is none", async () => {
    await using opened = await gateway(postgres(), "CREATE TABLE t (id int PRIMARY KEY)", { t: ALL }, { openapi: true });
    const document = await documentOf(opened);
    expect(document.components.securitySchemes).toBeUndefined();
    expect(Object.keys(document.paths).filter((path) => path.includes("auth"))).toEqual([]);
    expect(document.paths["/v1/t"]?.["get"]?.security).toBeUndefined();
  });
});
