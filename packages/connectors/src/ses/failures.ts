import type { AwsVendor, Reading } from "../aws/failures.ts";

/** The quota is counted over the last 24 hours, so room comes back little by little. */
const QUOTA_REST_MS = 2 * 3_600_000;
const RATE_REST_MS = 1_000;

const PAUSED: Reading = ["locked-out", "sending is paused for the account; look at its reputation page and at AWS's mail about it"];
const UNVERIFIED: Reading = [
  "rejected",
  "an address of this mail is not verified. Verify the sender's address or domain, and in the SES sandbox the recipients' too, or ask for production access",
];

/** A code of several meanings, told apart by what SES says. */
export interface SaidReading {
  readonly code: string;
  /** As SES says it. */
  readonly says: string;
  readonly pattern: RegExp;
  readonly reading: Reading;
}

/** The first that fits is meant; where none does, the code's own reading. */
export const saidReadings: readonly SaidReading[] = [
  {
    code: "Throttling",
    says: "Daily message quota exceeded",
    pattern: /daily message quota/i,
    reading: ["throttled", "the account's quota of mail for 24 hours is used up; ask AWS for a higher one", QUOTA_REST_MS],
  },
  { code: "MessageRejected", says: "Email address is not verified", pattern: /not verified/i, reading: UNVERIFIED },
  {
    code: "MessageRejected",
    says: "Sending paused for this account",
    pattern: /sending (?:is )?(?:currently )?(?:paused|suspended)/i,
    reading: PAUSED,
  },
];

/**
 * What SES's refusals mean. https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html#API_SendEmail_Errors
 * and https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
 */
export const sesFailures: AwsVendor = {
  name: "SES",
  codes: {
    AccountSendingPaused: PAUSED,
    ConfigurationSetDoesNotExist: ["locked-out", "the configuration set does not exist; look at configurationSet and region"],
    ConfigurationSetSendingPaused: ["locked-out", "sending is paused for the configuration set"],
    InvalidParameterValue: ["rejected", "a value is not as it must be; look at the addresses"],
    LimitExceeded: ["rejected", "a limit of the account is reached which waiting does not lift"],
    MailFromDomainNotVerified: ["rejected", "the MAIL FROM domain of the sender is not verified; look at its MX record"],
    MessageRejected: ["rejected", "the message is refused"],
    TemplateDoesNotExist: ["rejected", "the template does not exist; look at template and region"],
    Throttling: ["throttled", "mail is sent faster than the account may", RATE_REST_MS],
  },
  byMessage: (code, message) => saidReadings.find((one) => one.code === code && one.pattern.test(message))?.reading,
};
