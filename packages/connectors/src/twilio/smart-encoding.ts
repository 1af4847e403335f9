/**
 * What Twilio's smart encoding writes for characters outside GSM-7, those that it writes alike side by side.
 * https://www.twilio.com/docs/messaging/services/smart-encoding-char-list
 */
const WRITTEN: Readonly<Record<string, string>> = {
  '"': "«»“”„ʺˮ‟❝❞〝〞",
  "'": "‘’‗ʻˈʼʽʹ‛´ˊ`ˋ❛❜\u0313\u0314\ufe10\ufe11",
  "/": "÷⧸\u0337\u0338⁄∕",
  "\\": "⧹⧵\u20e5﹨",
  _: "\u0332",
  "|": "\u20d2\u20d3∣⎸⎹⏐⎜⎟",
  "-": "⎼⎽―‒–—﹣‐⁃•",
  "@": "﹫",
  $: "﹩",
  "!": "ǃ\ufe15﹗",
  "#": "﹟",
  "%": "﹪",
  "&": "﹠",
  ",": "‚\u0326﹐﹑､、",
  "(": "❨❪﹙⟮⦅",
  ")": "❩❫﹚⟯⦆",
  "*": "⁎∗⊛✢✣✤✥✱✲✳✺✻✼✽❃❉❊❋⧆﹡",
  "+": "˖﹢",
  ".": "。﹒｡",
  ":": "ː˸⦂꞉\ufe13",
  ";": "⁏\ufe14﹔",
  "<": "›﹤",
  "=": "\u0347꞊﹦",
  ">": "‹﹥",
  "?": "\ufe16﹖",
  "^": "ˆ\u0302\u1dcd",
  "{": "❴﹛",
  "}": "❵﹜",
  "~": "˜˷\u0303\u0330\u0334∼",
  A: "ᴀ",
  B: "ʙ",
  C: "ᴄ",
  D: "ᴅ",
  E: "ᴇ",
  F: "ꜰ",
  G: "ɢ",
  H: "ʜ",
  I: "ɪ",
  J: "ᴊ",
  K: "ᴋ",
  L: "ʟ",
  M: "ᴍ",
  N: "ɴ",
  O: "ᴏ",
  P: "ᴘ",
  R: "ʀ",
  S: "ꜱ",
  T: "ᴛ",
  U: "ᴜ",
  V: "ᴠ",
  W: "ᴡ",
  Y: "ʏ",
  Z: "ᴢ",
  "1/4": "¼",
  "1/2": "½",
  "3/4": "¾",
  "...": "…",
  "!!": "‼",
  " ": "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\u2028\u2029",
  "": "\u200b\u2060\ufeff",
};

const REPLACEMENTS: ReadonlyMap<string, string> = new Map(
  Object.entries(WRITTEN).flatMap(([written, characters]) => Array.from(characters, (character) => [character, written] as const)),
);

const KNOWN = /[`\u0080-\uffff]/g;

/** The wide forms of ASCII stand in its order. */
const WIDE = /[\uff01-\uff5e]/g;
const WIDE_BY = 0xfee0;

/** The text with each character that smart encoding knows replaced. */
export function smartlyEncoded(body: string): string {
  return body
    .replace(WIDE, (character) => String.fromCharCode(character.charCodeAt(0) - WIDE_BY))
    .replace(KNOWN, (character) => REPLACEMENTS.get(character) ?? character);
}
