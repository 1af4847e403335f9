import type { JsonSchema } from "@backstitch/core/connector";

/** Over the network only with TLS; within this machine without. */
const URL_PATTERN = "^(?:https://[^\\s/?#@]+|http://(?:localhost|127\\.0\\.0\\.1|\\[::1\\])(?::\\d+)?)(?:[/?][^\\s#]*)?$";
/** An app on a device has a scheme of its own, with a dot: https://www.rfc-editor.org/rfc/rfc8252#section-7.1 */
const REDIRECT_PATTERN = `${URL_PATTERN}|^[a-z][a-z0-9]*(?:\\.[a-z0-9-]+)+:/[^\\s#]*$`;

const mailSchema = {
  type: "object",
  additionalProperties: false,
  required: ["url", "service", "action", "with"],
  properties: {
    url: {
      type: "string",
      pattern: URL_PATTERN,
      description: 'A page of the app. The link of the mail leads there, with "token" in its query; the page sends that on.',
    },
    service: { type: "string", minLength: 1, description: "A service of the project, which sends the mail." },
    action: { type: "string", minLength: 1, description: "Which of its actions." },
    with: {
      type: "object",
      description: "Its arguments, as in rules, over user.data.email, request.link, request.token, request.purpose and values.",
    },
  },
} as const satisfies JsonSchema;

const metadataSchema = {
  type: "array",
  maxItems: 64,
  description: "Claims that are kept as user.data.",
  items: {
    type: "object",
    additionalProperties: false,
    required: ["name"],
    properties: {
      name: { type: "string", minLength: 1, description: 'Where in the token: "address.city"; "\\\\." is a dot of a name.' },
      field: { type: "string", minLength: 1, description: "What it is called in user.data. Default: its name." },
      required: { type: "boolean", description: "Whether nobody logs in without it. Default: false." },
    },
  },
} as const satisfies JsonSchema;

const emailPasswordSchema = {
  type: "object",
  additionalProperties: false,
  required: ["confirm"],
  description: "Log in by an address and a password.",
  properties: {
    confirm: {
      anyOf: [{ const: false }, mailSchema],
      description: "The mail whose link confirms an address. False: anybody may claim any address, and it can be told who has an account.",
    },
    reset: { ...mailSchema, description: "The mail whose link gives another password. Absent: nobody gets another." },
    minimumLength: { type: "integer", minimum: 6, maximum: 64, description: "Of a password, in characters. Default: 8." },
  },
} as const satisfies JsonSchema;

const customTokenSchema = {
  type: "object",
  additionalProperties: false,
  required: ["algorithm", "audience"],
  description: "Log in by a JWT that another has signed.",
  properties: {
    algorithm: { enum: ["HS256", "RS256", "ES256", "EdDSA"], description: "The one that it is signed by." },
    secrets: {
      type: "array",
      minItems: 1,
      maxItems: 3,
      description: "Of HS256: the keys, while they change several.",
      items: { type: "string", secret: true, minLength: 32 },
    },
    publicKeys: {
      type: "array",
      minItems: 1,
      maxItems: 3,
      description: "Of the others: PEM, as -----BEGIN PUBLIC KEY-----.",
      items: { type: "string", pattern: "^-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\\s]+-----END PUBLIC KEY-----\\s*$" },
    },
    jwksUri: { type: "string", pattern: URL_PATTERN, description: "Of the others: where the issuer publishes its keys." },
    audience: {
      type: "array",
      minItems: 1,
      maxItems: 10,
      description: "One of them must be the token's audience.",
      items: { type: "string", minLength: 1 },
    },
    issuer: { type: "string", minLength: 1, description: "Must be the token's. Absent: any that has the key." },
    metadataFields: metadataSchema,
  },
} as const satisfies JsonSchema;

const oidcSchema = {
  type: "object",
  additionalProperties: false,
  required: ["issuer", "clientId", "redirectUris"],
  properties: {
    issuer: {
      type: "string",
      pattern: URL_PATTERN,
      description: "Its address; the rest is read at /.well-known/openid-configuration below it.",
    },
    clientId: { type: "string", minLength: 1, description: "By which it knows the project." },
    clientSecret: { type: "string", secret: true, minLength: 1, description: "Absent: it has given none." },
    scopes: {
      type: "array",
      minItems: 1,
      maxItems: 20,
      description: "What is asked for. Default: openid, email, profile.",
      items: { type: "string", pattern: "^[!#-\\[\\]-~]+$" },
    },
    redirectUris: {
      type: "array",
      minItems: 1,
      maxItems: 50,
      description: "Pages of apps where people may come back to: the very same text.",
      items: { type: "string", pattern: REDIRECT_PATTERN },
    },
    metadataFields: metadataSchema,
  },
} as const satisfies JsonSchema;

/** `gateway.login` of `backstitch.json`. */
export const loginSchema = {
  type: "object",
  additionalProperties: false,
  description: "How people and servers log in. What is absent nobody logs in by.",
  properties: {
    sessionDays: { type: "integer", minimum: 1, maximum: 1_825, description: "A session ends so long after its login. Default: 60." },
    signingKeyDays: { type: "integer", minimum: 1, maximum: 3_650, description: "Another key signs after so long. Default: 30." },
    emailPassword: emailPasswordSchema,
    apiKey: { type: "boolean", description: "Whether API keys are good. Default: false." },
    anonymous: { type: "boolean", description: "Whether anybody is somebody who asks to be. Default: false." },
    customToken: customTokenSchema,
    oidc: {
      type: "object",
      maxProperties: 20,
      description: "Log in by OpenID Connect, by the name that apps give.",
      additionalProperties: oidcSchema,
    },
    customData: {
      type: "object",
      additionalProperties: false,
      required: ["collection", "userIdField"],
      description: "A row or document of the project's own for each user: user.customData, as it was when the access token was made.",
      properties: {
        collection: { type: "string", minLength: 1, description: "The name of a file of collections/, or of a table." },
        userIdField: { type: "string", minLength: 1, description: "The column, or field of the document, that holds user.id." },
        fields: {
          type: "array",
          minItems: 1,
          description: "Those that are handed on: the user can read them in the access token. Default: all.",
          items: { type: "string", minLength: 1 },
        },
      },
    },
  },
} as const satisfies JsonSchema;
