import { smartlyEncoded } from "./smart-encoding.ts";

const BASIC = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà\f^{}\\[~\]|€]*$/;
const ESCAPED: ReadonlySet<string> = new Set("\f^{}\\[~]|€");

/**
 * How many segments a text is sent and charged as: 160 septets, or 153 in each of several, whose header takes the rest; with a single character
 * outside GSM-7, 70 UTF-16 units, or 67. No character is parted. https://www.twilio.com/docs/glossary/what-sms-character-limit
 * @param smart Characters outside GSM-7 are replaced by others, where that leaves none. https://www.twilio.com/docs/messaging/services#smart-encoding
 */
export function segments(body: string, smart: boolean): number {
  if (BASIC.test(body)) return counted(body, true);
  const encoded = smart ? smartlyEncoded(body) : body;
  return BASIC.test(encoded) ? counted(encoded, true) : counted(body, false);
}

function counted(body: string, isBasic: boolean): number {
  const [single, each] = isBasic ? [160, 153] : [70, 67];
  let length = 0;
  let count = 1;
  let left = each;
  for (const character of body) {
    const size = !isBasic ? character.length : ESCAPED.has(character) ? 2 : 1;
    length += size;
    if (size > left) {
      count += 1;
      left = each;
    }
    left -= size;
  }
  return length <= single ? 1 : count;
}
