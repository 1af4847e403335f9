import { SourceMisconfigured } from "@backstitch/core/source";

/** Where the values of `$secret` are kept. */
export interface SecretsOptions {
  /** AWS Systems Manager Parameter Store, or AWS Secrets Manager. */
  readonly from: "ssm" | "secrets-manager";
  /** What stands before each name: `/shop/` makes of `TWILIO_AUTH_TOKEN` the parameter `/shop/TWILIO_AUTH_TOKEN`. @default nothing */
  readonly prefix?: string;
  /** How long a value is used before it is asked for again: a secret that was changed is in use so much later. Seconds. @default 300 */
  readonly maxAgeSeconds?: number;
  /** Of the client: `region`, `endpoint`, … @default the function's own */
  readonly client?: Readonly<Record<string, unknown>>;
}

/** Values by name. */
export type Secrets = ReadonlyMap<string, string>;

/** Reads secrets, from memory while they are not too old. */
export interface SecretStore {
  /** @throws SecretsMissing with all that are not to be had. */
  read(names: readonly string[]): Promise<Secrets>;
}

/** Secrets that are not to be had. The message has a line for each, with what to do, and none of their values. */
export class SecretsMissing extends Error {
  override readonly name = "SecretsMissing";
  readonly code = "SECRET_MISSING";
}

/** One request, as Powertools for AWS Lambda makes it: from its cache, where it is not too old. Undefined: there is no such secret. */
type Get = (id: string, maxAge: number) => Promise<string | Uint8Array | undefined>;

interface Kind {
  readonly what: string;
  readonly create: string;
  readonly allow: string;
  readonly open: (client: Readonly<Record<string, unknown>>) => Promise<Get>;
}

const KINDS: { readonly [from in SecretsOptions["from"]]: Kind } = {
  ssm: {
    what: "the Parameter Store",
    create: "Create it there as a SecureString",
    allow: "ssm:GetParameter, and kms:Decrypt on its key",
    async open(clientConfig) {
      const provider = new (await ssm()).SSMProvider({ clientConfig });
      return (id, maxAge) => provider.get(id, { maxAge, decrypt: true });
    },
  },
  "secrets-manager": {
    what: "Secrets Manager",
    create: "Create it there as a text",
    allow: "secretsmanager:GetSecretValue, and kms:Decrypt on its key",
    async open(clientConfig) {
      const provider = new (await secretsManager()).SecretsProvider({ clientConfig });
      return (id, maxAge) => provider.get(id, { maxAge });
    },
  },
};

const MAX_AGE_SECONDS = 300;

/** @throws RangeError for a store that there is not. @throws SourceMisconfigured where a package is not installed. */
export async function openSecretStore({
  from,
  prefix = "",
  maxAgeSeconds = MAX_AGE_SECONDS,
  client = {},
}: SecretsOptions): Promise<SecretStore> {
  const kind = Object.hasOwn(KINDS, from) ? KINDS[from] : undefined;
  if (kind === undefined)
    throw new RangeError(`"from" is ${JSON.stringify(from)}; secrets are read from ${Object.keys(KINDS).join(" or ")}.`);
  const get = await opened(kind, client);

  async function readOne(name: string): Promise<readonly [name: string, value: string] | Fault> {
    const id = prefix + name;
    try {
      const value = await get(id, maxAgeSeconds);
      return typeof value === "string" && value !== "" ? [name, value] : { name, id, why: "NoText" };
    } catch (error) {
      return { name, id, why: whyOf(error) };
    }
  }

  return {
    async read(names) {
      const found = await Promise.all(names.map(readOne));
      const faults = found.filter((one): one is Fault => "why" in one);
      if (faults.length > 0) throw new SecretsMissing(faults.map((fault) => sentence(fault, kind)).join("\n"));
      return new Map(found as readonly (readonly [string, string])[]);
    },
  };
}

interface Fault {
  readonly name: string;
  readonly id: string;
  readonly why: string;
}

/** The name of the vendor's error alone: its message may hold what it was given. */
function whyOf(error: unknown): string {
  const { cause = error } = error as { cause?: unknown };
  return cause instanceof Error ? cause.name : typeof cause;
}

function sentence({ name, id, why }: Fault, { what, create, allow }: Kind): string {
  const secret = `SECRET_MISSING The secret ${JSON.stringify(name)}`;
  switch (why) {
    case "ParameterNotFound":
    case "ResourceNotFoundException":
    case "NoText":
      return `${secret} is not in ${what} as a text under ${JSON.stringify(id)}. ${create}, or look at "prefix" and the region.`;
    case "AccessDeniedException":
      return `${secret} may not be read from ${what}: ${JSON.stringify(id)}. Allow the function's role ${allow}.`;
    default:
      return `${secret} could not be read from ${what}: ${JSON.stringify(id)} (${why}). Look at the region, and at whether the function's network reaches it.`;
  }
}

function opened({ open }: Kind, client: Readonly<Record<string, unknown>>): Promise<Get> {
  return open({ requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 }, ...client });
}

/** Each import stands in a `try`: a bundler then lets it be absent. */
async function ssm() {
  try {
    return await import("@aws-lambda-powertools/parameters/ssm");
  } catch (error) {
    throw notInstalled("@aws-sdk/client-ssm", error);
  }
}

async function secretsManager() {
  try {
    return await import("@aws-lambda-powertools/parameters/secrets");
  } catch (error) {
    throw notInstalled("@aws-sdk/client-secrets-manager", error);
  }
}

function notInstalled(client: string, error: unknown): SourceMisconfigured {
  const why = error instanceof Error ? error.message : typeof error;
  const takes = `"secrets" takes @aws-lambda-powertools/parameters and ${client}`;
  return new SourceMisconfigured(`${takes}, which could not be loaded: install them. ${why}`);
}
