import type { FromSchema, JsonSchema, Secret } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import type { RuleFile } from "@backstitch/rules";
import { readJson, schemaProblems, type Located } from "@backstitch/rules/json";
import { readConfiguration } from "./configuration.ts";
import type { Environment } from "./environment.ts";
import type { GatewaySettings } from "./gateway.ts";
import { fileProblem, problemAt } from "./problem.ts";
import { validate } from "./schema/validate.ts";

/** A POST that becomes a change event, as the project wants it: a source that the gateway feeds. */
export interface WebhookDefinition {
  /** The file's name without `.json`: the source's. */
  readonly name: string;
  /** Where requests come to, at the gateway. */
  readonly path: string;
  readonly methods: readonly string[];
  readonly collection: string | { readonly header: string };
  /** How senders show who they are. */
  readonly verify: Verify;
  /** Any of them will do. Empty for `none`, and where the variable that one is in is not set and that is no problem here. */
  readonly secrets: readonly Secret[];
  /** The header that has the delivery's id, where the sender gives one. */
  readonly idHeader: string;
  /** Bytes. */
  readonly maxBodyBytes: number;
}

const SCHEMES = ["secretAsQueryParam", "stitch", "standardWebhooks", "twilio", "github", "none"] as const;
const METHODS = ["POST", "PUT", "PATCH", "DELETE", "GET"] as const;
type Verify = (typeof SCHEMES)[number];

const header = { type: "string", pattern: "^[A-Za-z0-9-]{1,100}$" } as const;

/** JSON Schema of a file in `webhooks/`. */
export const webhookSchema = {
  type: "object",
  additionalProperties: false,
  required: ["verify"],
  properties: {
    $schema: { type: "string" },
    description: { type: "string" },
    path: { type: "string", pattern: "^/[A-Za-z0-9._~/-]{1,200}$", description: "Where requests come to. Default: /webhooks/NAME." },
    methods: { type: "array", minItems: 1, items: { enum: METHODS }, description: "Default: POST." },
    collection: {
      anyOf: [
        { type: "string", pattern: "^[A-Za-z0-9_.:-]{1,100}$" },
        { type: "object", additionalProperties: false, required: ["header"], properties: { header } },
      ],
      description: 'What rules call what comes: a name, or {"header": "X-GitHub-Event"}. Default: the webhook\'s name.',
    },
    verify: { enum: SCHEMES, description: "How the sender shows who it is. none: anybody, where only this machine reaches the gateway." },
    secret: { type: "string", secret: true, minLength: 1, description: "What the sender signs with. twilio: the account's auth token." },
    previousSecret: {
      type: "string",
      secret: true,
      minLength: 1,
      description: "While the sender changes over to a new `secret`: either will do.",
    },
    idHeader: {
      ...header,
      description:
        "The header that has the delivery's id: what comes again is recorded once. Default: the scheme's own, else Idempotency-Key.",
    },
    maxBodyBytes: { type: "integer", minimum: 1_024, maximum: 67_108_864, description: "The largest body. Default: 1048576." },
  },
} as const satisfies JsonSchema;

/** In which header senders tell the delivery's id, where their scheme says so. */
const ID_HEADERS: Readonly<Partial<Record<Verify, string>>> = {
  github: "X-GitHub-Delivery",
  standardWebhooks: "webhook-id",
  twilio: "I-Twilio-Idempotency-Token",
};

type Written = Omit<FromSchema<typeof webhookSchema>, "secret" | "previousSecret"> & {
  readonly secret?: Secret;
  readonly previousSecret?: Secret;
};

/** What of the rest of the project webhooks are held against. */
export interface WebhookSurroundings {
  /** Names of the sources in `backstitch.json`. */
  readonly sources: readonly string[];
  /** Undefined: it has none, or what it says is wrong. */
  readonly gateway: GatewaySettings | undefined;
  /** Whether `backstitch.json` has one, right or wrong. */
  readonly hasGateway: boolean;
  readonly environment: Environment;
}

/** Reads the files of `webhooks/`. `names` has every one of them, right or wrong. */
export function readWebhooks(
  files: readonly RuleFile[],
  surroundings: WebhookSurroundings,
): { readonly webhooks: readonly WebhookDefinition[]; readonly names: readonly string[]; readonly problems: readonly Problem[] } {
  const read = files.map((file) => readWebhook(file, surroundings));
  const webhooks = read.flatMap(({ webhook }) => (webhook === undefined ? [] : [webhook]));
  const problems = [...read.flatMap(({ problems }) => problems), ...samePlaces(webhooks), ...unserved(files, surroundings)];
  return { webhooks, names: files.map(nameOf), problems };
}

function nameOf({ path }: RuleFile): string {
  return path.slice("webhooks/".length, -".json".length);
}

interface ReadWebhook {
  readonly webhook?: WebhookDefinition;
  readonly problems: readonly Problem[];
}

function readWebhook(file: RuleFile, surroundings: WebhookSurroundings): ReadWebhook {
  const { located, problems: syntax } = readJson(file.path, file.text, { quotes: false });
  if (located === undefined) return { problems: syntax };
  const place = { located, at: [], schema: webhookSchema, validate, environment: surroundings.environment };
  const { value, problems } = readConfiguration(located.value, place, "WEBHOOK");
  if (problems.length > 0) return { problems };
  const written = value as Written;
  const name = nameOf(file);
  const wrong = [...taken(file, surroundings), ...inSecrets(located, written), ...inVerify(located, written, surroundings)];
  return { webhook: definitionOf(name, written), problems: [...syntax, ...wrong] };
}

function definitionOf(name: string, { secret, previousSecret, verify, ...written }: Written): WebhookDefinition {
  return {
    name,
    path: written.path ?? `/webhooks/${name}`,
    methods: written.methods ?? ["POST"],
    collection: written.collection ?? name,
    verify,
    secrets: [secret, previousSecret].filter((one) => one !== undefined),
    idHeader: written.idHeader ?? ID_HEADERS[verify] ?? "Idempotency-Key",
    maxBodyBytes: written.maxBodyBytes ?? 1_048_576,
  };
}

function taken(file: RuleFile, { sources }: WebhookSurroundings): readonly Problem[] {
  const name = nameOf(file);
  if (!sources.includes(name)) return [];
  const message = `There is a source ${JSON.stringify(name)} in backstitch.json: rules could not tell the two apart.`;
  return [fileProblem(file.path, "WEBHOOK_NAME_TAKEN", message, "Rename one of them.")];
}

function inSecrets(located: Located, { verify, secret, previousSecret }: Written): readonly Problem[] {
  const written = valueOf(located);
  const at = (path: string): ReturnType<Located["placeOf"]> => located.placeOf([path]);
  if (verify === "none") {
    const unused = ["secret", "previousSecret"].filter((name) => Object.hasOwn(written, name));
    return unused.map((name) =>
      problemAt(at(name), "WEBHOOK_SECRET_UNUSED", `"verify" is "none", which asks for no ${JSON.stringify(name)}.`, "Remove it."),
    );
  }
  if (!Object.hasOwn(written, "secret")) {
    const message = `"verify" is ${JSON.stringify(verify)}, and there is no "secret" to verify with.`;
    return [problemAt(at("verify"), "WEBHOOK_SECRET_MISSING", message, 'Write "secret": {"$secret": "WEBHOOK_SECRET"}.')];
  }
  const given = { secret, previousSecret };
  const faults = Object.entries(given).flatMap(([name, one]) =>
    verify === "standardWebhooks" && one !== undefined && /^whsec_(?![A-Za-z0-9+/]+={0,2}$)/.test(one.reveal())
      ? [{ path: [name], keyword: "pattern", message: `"${name}" starts with "whsec_", but base64 does not follow.` }]
      : [],
  );
  return schemaProblems(located, faults, { code: "WEBHOOK", at: [] });
}

function valueOf({ value }: Located): object {
  return typeof value === "object" && value !== null ? value : {};
}

/** What the gateway serves itself: webhooks are looked for first, and would stand before it. */
const RESERVED = /^\/(v1|action|app|docs|openapi\.json|\.well-known)(\/|$)/;
const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

function inVerify(located: Located, { verify, path }: Written, { gateway }: WebhookSurroundings): readonly Problem[] {
  const at = located.placeOf(["verify"]);
  const isReserved = path !== undefined && RESERVED.test(path);
  const problems: Problem[] = [];
  if (verify === "none" && gateway !== undefined && !LOOPBACK.test(gateway.host)) {
    const message = `Anybody who reaches ${JSON.stringify(gateway.host)} could make events: "none" is for a gateway on 127.0.0.1 alone.`;
    problems.push(problemAt(at, "WEBHOOK_OPEN", message, 'Let the sender sign: "verify": "standardWebhooks" and a "secret".'));
  }
  if (verify === "twilio" && gateway !== undefined && !gateway.hasPublicUrl) {
    const message = "Twilio signs the address that it calls, and the gateway does not know it.";
    problems.push(problemAt(at, "WEBHOOK_ADDRESS_UNKNOWN", message, 'Write "publicUrl": "https://…" into "gateway" of backstitch.json.'));
  }
  if (isReserved)
    problems.push(
      problemAt(
        located.placeOf(["path"]),
        "WEBHOOK_PATH_TAKEN",
        "What is at /docs and /openapi.json, and below /v1, /action, /app and /.well-known, the gateway serves itself.",
        "Give another.",
      ),
    );
  return problems;
}

function samePlaces(webhooks: readonly WebhookDefinition[]): readonly Problem[] {
  return webhooks.flatMap(({ name, path }, index) => {
    const first = webhooks.slice(0, index).find((other) => other.path === path);
    if (first === undefined) return [];
    const message = `The webhook ${JSON.stringify(first.name)} has the path ${JSON.stringify(path)} too.`;
    return [fileProblem(`webhooks/${name}.json`, "WEBHOOK_PATH_TAKEN", message, 'Give one of them another "path".')];
  });
}

function unserved([first]: readonly RuleFile[], { hasGateway }: WebhookSurroundings): readonly Problem[] {
  if (first === undefined || hasGateway) return [];
  const message = "There are webhooks, and no gateway that takes them.";
  return [fileProblem(first.path, "GATEWAY_MISSING", message, 'Write "gateway": {"port": 8080} into backstitch.json.')];
}
