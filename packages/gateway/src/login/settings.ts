import type { Secret } from "@backstitch/core/connector";

/** How people and servers log in. What is absent nobody logs in by. */
export interface LoginOptions {
  /** As apps reach this place, without a slash at its end: who issues the access tokens, and where those who log in elsewhere come back to. @default "backstitch" issues */
  readonly publicUrl?: string | undefined;
  /** A session ends after so long. Days. @default 60 */
  readonly sessionDays?: number | undefined;
  /** Another key signs after so long. Days. @default 30 */
  readonly keyDays?: number | undefined;
  readonly emailPassword?: EmailPasswordOptions | undefined;
  /** @default false */
  readonly apiKey?: boolean | undefined;
  /** @default false */
  readonly anonymous?: boolean | undefined;
  readonly customToken?: CustomTokenOptions | undefined;
  /** By name. */
  readonly oidc?: { readonly [name: string]: OidcOptions } | undefined;
  readonly customData?: CustomDataOptions | undefined;
}

export interface EmailPasswordOptions {
  /** Where the link of a mail leads that confirms an address; the token is added to its query. Undefined: addresses are not confirmed. */
  readonly confirmUrl: string | undefined;
  /** The same for another password. Undefined: nobody gets another. */
  readonly resetUrl: string | undefined;
  /** In characters. @default 8 */
  readonly minimumLength?: number | undefined;
}

/** A claim that is kept as user data. */
export interface MetadataField {
  /** Where in the token: `address.city`; `\.` is a dot of a name. */
  readonly name: string;
  /** What it is called in `user.data`. @default its name */
  readonly field?: string | undefined;
  /** Whether nobody logs in without it. @default false */
  readonly required?: boolean | undefined;
}

export interface CustomTokenOptions {
  readonly algorithm: TokenAlgorithm;
  /** Of HS256: the keys, of 32 characters or more. Undefined ones are not set, and verify nothing. */
  readonly secrets?: readonly (Secret | undefined)[] | undefined;
  /** Of the others: PEM. */
  readonly publicKeys?: readonly string[] | undefined;
  /** Of the others: where the issuer publishes them. */
  readonly jwksUri?: string | undefined;
  /** One of them must be the token's. */
  readonly audience: readonly string[];
  readonly issuer?: string | undefined;
  readonly metadataFields?: readonly MetadataField[] | undefined;
}

export type TokenAlgorithm = "HS256" | "RS256" | "ES256" | "EdDSA";

export interface OidcOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: Secret | undefined;
  /** @default openid, email, profile */
  readonly scopes?: readonly string[] | undefined;
  /** Where apps may be sent back to: the very same text, or nowhere. */
  readonly redirectUris: readonly string[];
  /** @default email, name, picture */
  readonly metadataFields?: readonly MetadataField[] | undefined;
}

/** A row of the project's own for each user. */
export interface CustomDataOptions {
  /** The name of a file of `collections/`, or of a table. */
  readonly collection: string;
  readonly userIdField: string;
  /** Columns, or fields of the document, that are handed on. @default all */
  readonly fields?: readonly string[] | undefined;
}

/** A mail that the project's service is to send. */
export interface LoginMail {
  readonly purpose: "confirm" | "reset";
  readonly email: string;
  readonly link: string;
  readonly token: string;
}
