const BASIC = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;
const DOUBLE = /[\^{}\\[~\]|€]/g;

/**
 * How many segments a text is sent and charged as: 160 septets or 153 each of several; with a single character outside GSM-7,
 * 70 UTF-16 units or 67 each. https://www.twilio.com/docs/glossary/what-sms-character-limit
 */
export function segments(body: string): number {
  const isBasic = BASIC.test(body);
  const length = body.length + (isBasic ? (body.match(DOUBLE)?.length ?? 0) : 0);
  const [single, each] = isBasic ? [160, 153] : [70, 67];
  return length <= single ? 1 : Math.ceil(length / each);
}
