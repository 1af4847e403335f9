import { ConnectorError, type JsonSchema, type Secret } from "@backstitch/core/connector";

/** The configuration that every AWS connector has. Without keys the SDK's own chain finds them: environment, profile, container or instance role. */
export const awsConfig = {
  region: { type: "string", pattern: "^[a-z0-9-]{1,63}$", description: "AWS region, such as eu-central-1." },
  accessKeyId: { type: "string", minLength: 1, description: "Absent: the SDK's default chain finds the credentials." },
  secretAccessKey: { type: "string", secret: true, description: "Belongs to accessKeyId." },
  sessionToken: { type: "string", secret: true, description: "Of temporary credentials." },
  endpoint: {
    type: "string",
    pattern: "^https?://",
    description: "Another host than AWS's: a local stand-in, a VPC endpoint. Absent: AWS_ENDPOINT_URL and its kin, else AWS.",
  },
} as const satisfies Record<string, JsonSchema>;

export interface AwsConfig {
  readonly region: string;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: Secret | undefined;
  readonly sessionToken?: Secret | undefined;
  readonly endpoint?: string | undefined;
}

/** Connections that a client keeps: more than any service's concurrency, so that none waits for another. */
const MAX_SOCKETS = 512;

/** A host that does not answer the handshake is found out long before the attempt's deadline, while it is certain that nothing was sent. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * The options of an SDK client. Its own retries are off: they would repeat what may have been done, which only the runtime can judge.
 * @throws ConnectorError `locked-out` when only half of a key pair is given.
 */
export function clientOptions(config: AwsConfig): ClientOptions {
  const { region, endpoint } = config;
  const agent = { maxSockets: MAX_SOCKETS };
  const credentials = credentialsOf(config);
  return {
    region,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, httpAgent: agent, httpsAgent: agent },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface ClientOptions {
  readonly region: string;
  readonly maxAttempts: number;
  readonly requestHandler: object;
  readonly endpoint?: string;
  readonly credentials?: Credentials;
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: AwsConfig): Credentials | undefined {
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? "accessKeyId" : "secretAccessKey";
    throw new ConnectorError("locked-out", "AWS_CREDENTIALS_INCOMPLETE", `"${missing}" is missing. Give both keys, or neither.`);
  }
  const pair = { accessKeyId, secretAccessKey: secretAccessKey.reveal() };
  return sessionToken === undefined ? pair : { ...pair, sessionToken: sessionToken.reveal() };
}
