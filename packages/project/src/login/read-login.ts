import type { FromSchema } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import { listOf, valueAt, type Located, type LocatedPath } from "@backstitch/rules/json";
import { compileCall, type CallOptions, type CompiledCall } from "@backstitch/rules/roles";
import { problemAt } from "../problem.ts";
import type { loginSchema } from "./schema.ts";

export type WrittenLogin = FromSchema<typeof loginSchema>;

/** How people and servers log in, as the project wants it. */
export interface LoginSettings {
  readonly written: WrittenLogin;
  /** What sends the mails. */
  readonly mails: { readonly confirm: CompiledCall | undefined; readonly reset: CompiledCall | undefined };
}

/** Names that ways to log in have of their own. */
const TAKEN = ["emailPassword", "apiKey", "customToken", "anonymous"];

/** Reads `gateway.login`, which is as its schema says. */
export function readLogin(
  written: WrittenLogin,
  { located, at, hasPublicUrl }: { readonly located: Located; readonly at: LocatedPath; readonly hasPublicUrl: boolean },
  options: CallOptions,
): { readonly login: LoginSettings; readonly problems: readonly Problem[] } {
  const { confirm, reset } = written.emailPassword ?? {};
  const mail = (call: typeof reset, name: string) =>
    call === undefined ? undefined : compileCall({ located, at: [...at, "emailPassword", name], call }, options);
  const mails = { confirm: mail(confirm === false ? undefined : confirm, "confirm"), reset: mail(reset, "reset") };
  const problems = [
    ...(mails.confirm?.problems ?? []),
    ...(mails.reset?.problems ?? []),
    ...findingsOf(written, { ...(valueAt(located, at) as Given), hasPublicUrl }).map(({ path, code, message, remedy }) =>
      problemAt(located.placeOf([...at, ...path]), code, message, remedy),
    ),
  ];
  return { login: { written, mails: { confirm: mails.confirm?.call, reset: mails.reset?.call } }, problems };
}

interface LoginFinding {
  readonly path: LocatedPath;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** What stands in the file: of some of it the value may not be known, as where a variable is not set. */
interface Given {
  readonly hasPublicUrl?: boolean;
  readonly customToken?: { readonly secrets?: unknown; readonly publicKeys?: unknown; readonly jwksUri?: unknown };
}

/** What its schema cannot say. */
function findingsOf({ customToken, oidc = {} }: WrittenLogin, { hasPublicUrl, customToken: keys = {} }: Given): readonly LoginFinding[] {
  const names = Object.keys(oidc);
  const unusable = names.filter((name) => !/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(name) || TAKEN.includes(name));
  return [
    ...(customToken?.algorithm === undefined ? [] : keyFindings(customToken.algorithm, keys)),
    ...unusable.map((name) => ({
      path: ["oidc", name],
      code: "LOGIN_NAME_INVALID",
      message: `${JSON.stringify(name)} cannot be the name of a way to log in.`,
      remedy: `Use letters, digits and hyphens, and none of ${listOf(TAKEN)}.`,
    })),
    ...(names.length > 0 && hasPublicUrl !== true
      ? [
          {
            path: ["oidc"],
            code: "LOGIN_URL_MISSING",
            message: 'People who log in elsewhere come back to the gateway, and "publicUrl" does not say where that is.',
            remedy: 'Write "publicUrl": "https://…" into "gateway".',
          },
        ]
      : []),
  ];
}

/** A key is of one kind: one that everybody knows must not be taken for a secret. */
function keyFindings(algorithm: string, { secrets, publicKeys, jwksUri }: NonNullable<Given["customToken"]>): readonly LoginFinding[] {
  const isShared = algorithm === "HS256";
  const isRight = isShared
    ? secrets !== undefined && publicKeys === undefined && jwksUri === undefined
    : secrets === undefined && (publicKeys !== undefined || jwksUri !== undefined);
  if (isRight) return [];
  const wants = isShared ? '"secrets", and neither "publicKeys" nor "jwksUri"' : '"publicKeys" or "jwksUri", and no "secrets"';
  const message = `Tokens that are signed by ${algorithm} are verified by ${wants}.`;
  const remedy = isShared ? 'Write "secrets": [{"$secret": "TOKEN_KEY"}].' : 'Write "jwksUri": "https://…".';
  return [{ path: ["customToken"], code: "LOGIN_KEYS_MISMATCHED", message, remedy }];
}
