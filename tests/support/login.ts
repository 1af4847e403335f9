import { sesPeer } from "@backstitch/sandbox";
import { startRun, type Environment, type Run } from "./backstitch.ts";
import { writeProject, type Files, type ProjectFolder } from "./project.ts";
import { until } from "./until.ts";

/** A project of a gateway that people log in to. */
export function loginProject(
  login: object,
  more: Files = {},
  { gateway = {}, ...manifest }: { readonly gateway?: object; readonly journal?: object } = {},
): Promise<ProjectFolder> {
  return writeProject({
    "backstitch.json": {
      sources: { shop: { type: "http", accepts: "backstitch", port: 0, authentication: "none" } },
      gateway: { port: 0, connectionString: { $secret: "DATABASE_URL" }, origins: ["https://app.example.com"], ...gateway, login },
      ...manifest,
    },
    ...more,
  });
}

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface AskOptions {
  readonly method?: string;
  readonly body?: unknown;
  /** An access or a refresh token. */
  readonly bearer?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A gateway, as an app asks it. */
export interface Asking {
  (path: string, options?: AskOptions): Promise<Answer>;
  readonly url: string;
}

export function askAt(url: string): Asking {
  const ask = async (path: string, { method, body, bearer, headers = {} }: AskOptions = {}): Promise<Answer> => {
    const answer = await fetch(`${url}${path}`, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      redirect: "manual",
      headers: { "content-type": "application/json", ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === "" ? {} : (JSON.parse(text) as Answer["body"]) };
  };
  return Object.assign(ask, { url });
}

/** A gateway under way. */
export async function startGateway(
  folder: string,
  environment: Environment,
  options: readonly string[] = [],
): Promise<{ readonly ask: Asking; readonly run: Run } & AsyncDisposable> {
  const run = startRun(folder, environment, ["--http", ...options]);
  await run.ready();
  const { http } = await run.logged("running");
  return { ask: askAt(String(http)), run, [Symbol.asyncDispose]: () => run[Symbol.asyncDispose]() };
}

/** The sandbox's SES, and the service that sends by it. */
export interface Mail extends AsyncDisposable {
  readonly emailPassword: { readonly confirm: object; readonly reset: object };
  readonly files: Files;
  received(): readonly { readonly fields: unknown }[];
  /** The token of the link of the nth mail. */
  token(nth: number): Promise<string>;
}

export async function startMail(): Promise<Mail> {
  const peer = await sesPeer();
  const config = {
    region: "eu-central-1",
    endpoint: peer.url,
    from: "shop@example.com",
    accessKeyId: "AKIDTEST",
    secretAccessKey: { $secret: "AWS_KEY" },
  };
  const mail = (subject: string) => ({
    service: "mail",
    action: "send",
    with: {
      to: { $path: "user.data.email" },
      subject,
      html: '<a href="{{ request.link }}">{{ request.purpose }}</a>',
      text: "{{ request.link }}",
    },
  });
  return {
    received: () => peer.received(),
    [Symbol.asyncDispose]: () => peer.close(),
    emailPassword: {
      confirm: { url: "https://app.example.com/confirm?from=mail", ...mail("Welcome") },
      reset: { url: "https://app.example.com/reset", ...mail("Another password") },
    },
    files: { "services/mail.json": { connector: "ses", config } },
    async token(nth) {
      const { fields } = await until(() => peer.received()[nth]);
      return new URL(String((fields as { readonly text: unknown }).text)).searchParams.get("token") ?? "";
    },
  };
}
