import { Secret } from "@backstitch/core/connector";
import { validate } from "@backstitch/project";
import type { LocalPostgres } from "@backstitch/sandbox/postgres";
import { postgresReader } from "@backstitch/sources/postgres";
import { expect } from "vitest";
import { openGateway, type LoginMail, type LoginOptions } from "../src/index.ts";
import { collection, openDatabase, type Answer } from "./support.ts";

export interface Asked {
  readonly method?: string;
  readonly json?: unknown;
  readonly bearer?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Ask = (path: string, asked?: Asked) => Promise<Answer & { readonly code: unknown }>;

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly userId: string;
}

/** Gateways that people log in to, over one database. */
export interface Place extends AsyncDisposable {
  readonly ask: Ask;
  /** Of another process, as it were. */
  readonly other: Ask;
  readonly url: string;
  readonly otherUrl: string;
  readonly mails: readonly LoginMail[];
  /** Waits for the nth. */
  mail(nth: number): Promise<LoginMail>;
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
  /** Waits until so many statements of gateways wait for a lock. */
  untilWaiting(count?: number): Promise<void>;
  /** Time moves when it is told. */
  pass(ms: number): void;
}

export const MINUTE = 60_000;
export const DAY = 86_400_000;

interface PlaceOptions {
  readonly proxies?: number;
  /** Of the notes. @default anybody reads them */
  readonly roles?: readonly object[];
  /** @default nothing may fail */
  readonly failed?: (error: unknown) => void;
}

export async function place(postgres: LocalPostgres, options: LoginOptions, { roles, ...more }: PlaceOptions = {}): Promise<Place> {
  const { url, client, free } = await openDatabase(postgres, "CREATE TABLE notes (id int PRIMARY KEY); INSERT INTO notes VALUES (1)");
  const mails: LoginMail[] = [];
  let heard = (): void => undefined;
  const send = async (mail: LoginMail): Promise<void> => {
    mails.push(mail);
    heard();
  };
  let now = Date.now();
  const open = () =>
    openGateway({
      port: 0,
      database: { connectionString: new Secret(url), connections: 4 },
      readersOf: postgresReader,
      rules: { collections: [collection("notes", { roles: roles ?? [{ name: "anybody", read: true }] })], values: {} },
      validate,
      login: { options, send },
      now: () => now,
      failed: (error) => expect.unreachable(String(error)),
      ...more,
    });
  const sql: Place["sql"] = async (text) => (await client.query<Record<string, unknown>>(text)).rows;
  const gateways = await Promise.all([open(), open()]).catch(async (error: unknown) => {
    await free();
    throw error;
  });
  return {
    ask: askAt(gateways[0].url),
    other: askAt(gateways[1].url),
    url: gateways[0].url,
    otherUrl: gateways[1].url,
    mails,
    async mail(nth) {
      for (;;) {
        const mail = mails[nth];
        if (mail !== undefined) return mail;
        await new Promise<void>((resolve) => (heard = resolve));
      }
    },
    sql,
    async untilWaiting(count = 1) {
      const waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
      while ((await sql(waiting)).length < count);
    },
    pass: (ms) => (now += ms),
    async [Symbol.asyncDispose]() {
      await Promise.all(gateways.map((one) => one.close()));
      await free();
    },
  };
}

function askAt(url: string): Ask {
  return async (path, { method, json, bearer, headers = {} } = {}) => {
    const answer = await fetch(`${url}${path}`, {
      method: method ?? (json === undefined ? "GET" : "POST"),
      headers: {
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: typeof json === "string" ? json : JSON.stringify(json) }),
    });
    const text = await answer.text();
    const body = text === "" ? undefined : (JSON.parse(text) as unknown);
    return { status: answer.status, headers: answer.headers, text, body, code: (body as { code?: unknown } | undefined)?.code };
  };
}

export async function login(ask: Ask, provider: string, json: unknown = {}, headers = {}): Promise<Tokens> {
  return tokensOf(await ask(`/v1/auth/login/${provider}`, { json, headers }));
}

export function tokensOf({ status, body, text }: Answer): Tokens {
  expect(status, text).toBe(200);
  return body as Tokens;
}

export function refresh(ask: Ask, token: string): ReturnType<Ask> {
  return ask("/v1/auth/session", { method: "POST", bearer: token });
}

export function profile(ask: Ask, token: string): ReturnType<Ask> {
  return ask("/v1/auth/profile", { bearer: token });
}
