import { describe, expect, test } from "vitest";
import type { AnyConnector, OutcomeKind } from "@backstitch/core/connector";
import type { Row } from "@backstitch/core/values";
import { eventbridge } from "@backstitch/connectors/eventbridge";
import { s3 } from "@backstitch/connectors/s3";
import { ses } from "@backstitch/connectors/ses";
import { STATUSES } from "../src/aws/failures.ts";
import { attempted } from "./support/attempted.ts";
import { awsConfig } from "./support/aws.ts";
import { canned, type Answer } from "./support/canned.ts";
import { casesOf } from "./support/statuses.ts";

const PERSON = "jane.canary@shop.example";

interface Vendor {
  readonly connector: AnyConnector;
  readonly config: object;
  readonly action: string;
  readonly args: Row;
  error(status: number, code: string, message: string): Answer;
}

const vendors: Readonly<Record<"ses" | "s3" | "eventbridge", Vendor>> = {
  ses: {
    connector: ses,
    config: { from: "shop@shop.example" },
    action: "send",
    args: { to: PERSON, subject: "s", text: "t" },
    error: (status, code, message) => ({
      status,
      body: `<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
    }),
  },
  s3: {
    connector: s3,
    config: { bucket: "archive" },
    action: "put",
    args: { key: `${PERSON}.txt`, body: "b" },
    error: (status, code, message) => ({
      status,
      body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    }),
  },
  eventbridge: {
    connector: eventbridge,
    config: { source: "shop" },
    action: "put",
    args: { detailType: "t", detail: { who: PERSON } },
    error: (status, code, message) => ({
      status,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify({ __type: `com.amazonaws.events#${code}`, message }),
    }),
  },
};

async function outcomeOf(name: keyof typeof vendors, answer: Answer) {
  const { connector, config, action, args } = vendors[name];
  await using server = await canned(answer);
  const outcome = await attempted(connector, { config: { ...awsConfig(server.url), ...config }, action, args });
  return { outcome, asked: server.asked() };
}

type Refusal = readonly [
  vendor: keyof typeof vendors,
  status: number,
  code: string,
  message: string,
  kind: OutcomeKind,
  retryAfterMs?: number,
];

const HOURS = 3_600_000;

const refusals: readonly Refusal[] = [
  ["ses", 400, "Throttling", "Maximum sending rate exceeded.", "throttled", 1_000],
  ["ses", 400, "Throttling", "Daily message quota exceeded.", "throttled", 2 * HOURS],
  ["ses", 400, "ThrottlingException", "Rate exceeded", "throttled", 1_000],
  ["ses", 429, "TooManyRequestsException", "", "throttled"],
  ["ses", 400, "LimitExceededException", "", "rejected"],
  ["ses", 400, "MessageRejected", `Email address is not verified. The following identities failed: ${PERSON}`, "rejected"],
  ["ses", 400, "MessageRejected", "Sending paused for this account.", "locked-out"],
  ["ses", 400, "MessageRejected", "Message contains a virus", "rejected"],
  ["ses", 400, "AccountSendingPausedException", "", "locked-out"],
  ["ses", 400, "ConfigurationSetSendingPausedException", "", "locked-out"],
  ["ses", 400, "ConfigurationSetDoesNotExist", "", "locked-out"],
  ["ses", 400, "MailFromDomainNotVerifiedException", "", "rejected"],
  ["ses", 400, "InvalidParameterValue", `Illegal address ${PERSON}`, "rejected"],
  ["ses", 403, "InvalidClientTokenId", "", "locked-out"],
  ["ses", 403, "SignatureDoesNotMatch", "", "locked-out"],
  ["ses", 403, "ExpiredToken", "", "locked-out"],
  ["ses", 403, "OptInRequired", "", "locked-out"],
  ["ses", 403, "AccessDenied", `not authorized to send as ${PERSON}`, "rejected"],
  ["ses", 400, "RequestExpired", "", "unavailable"],
  ["ses", 400, "SomethingNew", "", "rejected"],
  ["ses", 500, "InternalFailure", "", "uncertain"],
  ["ses", 503, "ServiceUnavailable", "", "uncertain"],
  ["ses", 504, "SomethingNew", "", "uncertain"],
  ["s3", 503, "SlowDown", "", "throttled"],
  ["s3", 503, "ServiceUnavailable", "", "uncertain"],
  ["s3", 500, "InternalError", "", "uncertain"],
  ["s3", 501, "NotImplemented", "", "rejected"],
  ["s3", 404, "NoSuchBucket", "", "locked-out"],
  ["s3", 301, "PermanentRedirect", "", "locked-out"],
  ["s3", 307, "TemporaryRedirect", "", "unavailable"],
  ["s3", 400, "AuthorizationHeaderMalformed", "", "locked-out"],
  ["s3", 403, "InvalidAccessKeyId", "", "locked-out"],
  ["s3", 403, "SignatureDoesNotMatch", "", "locked-out"],
  ["s3", 400, "ExpiredToken", "", "locked-out"],
  ["s3", 403, "AllAccessDisabled", "", "locked-out"],
  ["s3", 403, "AccessDenied", `no access to ${PERSON}.txt`, "rejected"],
  ["s3", 403, "RequestTimeTooSkewed", "", "unavailable"],
  ["s3", 400, "RequestTimeout", "", "unavailable"],
  ["s3", 400, "BadDigest", "", "unavailable"],
  ["s3", 409, "OperationAborted", "", "unavailable"],
  ["s3", 409, "ConditionalRequestConflict", "", "unavailable"],
  ["s3", 400, "KMS.DisabledException", "", "locked-out"],
  ["s3", 400, "KMS.ThrottlingException", "", "throttled"],
  ["s3", 400, "EntityTooLarge", "", "rejected"],
  // Without ifAbsent there was no condition of ours to fail.
  ["s3", 412, "PreconditionFailed", "", "rejected"],
  ["eventbridge", 400, "ThrottlingException", "Rate exceeded", "throttled"],
  ["eventbridge", 400, "ValidationException", PERSON, "rejected"],
  ["eventbridge", 400, "AccessDeniedException", PERSON, "rejected"],
  ["eventbridge", 400, "UnrecognizedClientException", "", "locked-out"],
  ["eventbridge", 400, "InvalidSignatureException", "", "locked-out"],
  ["eventbridge", 400, "ExpiredTokenException", "", "locked-out"],
  ["eventbridge", 400, "MissingAuthenticationTokenException", "", "locked-out"],
  ["eventbridge", 400, "ResourceNotFoundException", "", "locked-out"],
  ["eventbridge", 500, "InternalException", "", "uncertain"],
  ["eventbridge", 503, "ServiceUnavailable", "", "uncertain"],
];

describe("a refusal is read by its code, and AWS's own words stay behind", () => {
  test.each(refusals.map((row) => ({ title: row.slice(0, 5).join(" "), row })))(
    "$title",
    async ({ row: [name, status, code, message, kind, retryAfterMs] }) => {
      const { outcome, asked } = await outcomeOf(name, vendors[name].error(status, code, message));
      expect(outcome).toMatchObject({ kind, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
      expect("code" in outcome && outcome.code.startsWith(`${name.toUpperCase()}_${code.replace(/Exception$/, "")}`)).toBe(true);
      expect(JSON.stringify(outcome)).not.toContain(PERSON);
      expect(asked, "requests").toBe(1);
    },
  );
});

type ByStatus = readonly [status: number, body: string, kind: OutcomeKind];

const bare: readonly ByStatus[] = [
  [200, "<html>a captive portal</html>", "uncertain"],
  [200, "", "uncertain"],
  [302, "", "locked-out"],
  [400, "", "rejected"],
  [401, "", "locked-out"],
  [403, "", "rejected"],
  [404, "", "rejected"],
  [407, "", "locked-out"],
  [408, "", "unavailable"],
  [429, "", "throttled"],
  [500, "<html>an unclosed page", "uncertain"],
  [502, "bad gateway", "uncertain"],
  [503, "", "uncertain"],
];

describe("an answer that is not AWS's is read by its status", () => {
  const rows = (Object.keys(vendors) as (keyof typeof vendors)[]).flatMap((name) => bare.map((row) => [name, ...row] as const));
  test.each(rows)("%s %i %j: %s", async (name, status, body, kind) => {
    const { outcome, asked } = await outcomeOf(name, { status, body, headers: { "content-type": "text/html" } });
    expect(outcome.kind).toBe(kind);
    expect(asked, "requests").toBe(1);
  });

  const cases = casesOf(STATUSES.filter(({ status: [from] }) => from >= 300)).map(({ status, reading }) => [status, reading] as const);
  describe.each(["ses", "s3", "eventbridge"] as const)("%s, with a code that no table has", (name) => {
    test.each(cases)("%i: %j", async (status, [kind, says]) => {
      const { outcome, asked } = await outcomeOf(name, vendors[name].error(status, "SomethingNew", PERSON));
      expect(outcome).toMatchObject({ kind, code: `${name.toUpperCase()}_SomethingNew` });
      expect(outcome).toMatchObject({ reason: expect.stringContaining(`answered ${status} SomethingNew: ${says}.`) as string });
      expect(asked, "requests").toBe(1);
    });
  });

  test.each(["ses", "s3", "eventbridge"] as const)("%s 503: another try comes no sooner than it asks", async (name) => {
    const { outcome } = await outcomeOf(name, { status: 503, body: "", headers: { "retry-after": "7" } });
    expect(outcome).toMatchObject({ kind: "uncertain", retryAfterMs: 7_000 });
  });

  test("a code that AWS could not have given is not repeated", async () => {
    const { outcome } = await outcomeOf("ses", vendors.ses.error(400, `rejected ${PERSON}`, ""));
    expect(outcome).toMatchObject({ kind: "rejected", code: "SES_HTTP_400" });
    expect(JSON.stringify(outcome)).not.toContain(PERSON);
  });

  test.each([
    ["ses", 200, "uncertain"],
    ["ses", 400, "unavailable"],
    ["ses", 500, "uncertain"],
    ["s3", 403, "unavailable"],
    ["eventbridge", 200, "uncertain"],
    ["eventbridge", 400, "unavailable"],
  ] as const)("%s %i that breaks off: %s", async (name, status, kind) => {
    const { outcome } = await outcomeOf(name, { ...vendors[name].error(status, "Throttling", ""), status, breaksOff: true });
    expect(outcome).toMatchObject({ kind, code: `${name.toUpperCase()}_ANSWER_BROKEN_OFF` });
  });
});
