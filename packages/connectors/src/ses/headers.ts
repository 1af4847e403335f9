import type { FromSchema, JsonSchema } from "@backstitch/core/connector";
import { asciiOnly } from "../aws/text.ts";
import { breaksHeader, parseAddress } from "./address.ts";

export const headerProperties = {
  headers: {
    type: "object",
    additionalProperties: { type: "string", lands: "header" },
    maxProperties: 15,
    description: "Headers of your own, by name: at most 126 characters, and 870 of their values.",
  },
  listUnsubscribe: {
    type: "object",
    properties: {
      url: { type: "string", lands: "url", description: "https: asked with POST when somebody presses the button." },
      mail: { type: "string", lands: "header", description: "An address to which people write instead." },
    },
    minProperties: 1,
    additionalProperties: false,
    description: "The mail is one of many: readers show a button that ends them.",
  },
} as const satisfies Record<string, JsonSchema>;

const schema = { type: "object", properties: headerProperties } as const;
type HeaderArgs = FromSchema<typeof schema>;
type ListUnsubscribe = NonNullable<HeaderArgs["listUnsubscribe"]>;

/** https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html; without the colon, which ends it. */
const NAME = /^[!-9;-~]{1,126}$/;
const LONGEST_VALUE = 870;
/** What the arguments say, what SES writes, and what says how the mail is to be read. */
const TAKEN =
  /^(?:from|sender|reply-to|to|cc|bcc|subject|date|message-id|return-path|received|mime-version|content-.*|dkim-signature|list-unsubscribe|list-unsubscribe-post|x-ses-.*)$/i;
const HTTPS = /^https:\/\/[!-~]+$/i;

/** What is wrong with a header, as the rest of a sentence; undefined: nothing. */
export function headerFault(name: string, value: string): string | undefined {
  if (!NAME.test(name)) return "has a name that no header can have.";
  if (TAKEN.test(name)) return `has ${JSON.stringify(name)}, which is not yours to write.`;
  if (breaksHeader(value)) return "has a value with a line break or another control character. A header is one line.";
  return value.length > LONGEST_VALUE ? `has a value with more than ${LONGEST_VALUE} characters.` : undefined;
}

/** What is wrong with how to unsubscribe, as the rest of a sentence; undefined: nothing. */
export function unsubscribeFault({ url, mail }: ListUnsubscribe): string | undefined {
  if (url !== undefined && !(HTTPS.test(url) && !/[<>"\\^`{|},]/.test(url) && URL.canParse(url) && url.length <= LONGEST_VALUE)) {
    return 'has a "url" that is no address with https.';
  }
  return mail !== undefined && parseAddress(mail) === undefined ? 'has a "mail" that is not one mail address.' : undefined;
}

/** The headers beside those of the envelope. One click: https://www.rfc-editor.org/rfc/rfc8058 */
export function headersOf({ headers = {}, listUnsubscribe }: HeaderArgs): Record<string, string> {
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, asciiOnly(value)]));
  if (listUnsubscribe === undefined) return own;
  const { url, mail } = listUnsubscribe;
  const ways = [...(url === undefined ? [] : [`<${url}>`]), ...(mail === undefined ? [] : [`<mailto:${mailto(mail)}>`])];
  const oneClick = url === undefined ? {} : { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" };
  return { ...own, "List-Unsubscribe": ways.join(", "), ...oneClick };
}

function mailto(mail: string): string {
  const { address = "" } = parseAddress(mail) ?? {};
  const at = address.lastIndexOf("@");
  return `${encodeURIComponent(address.slice(0, at))}${address.slice(at)}`;
}
