/** The headers of a raw mail, unfolded and decoded, by lower-case name; of several of a name the last. https://www.rfc-editor.org/rfc/rfc5322#section-2.2 */
export function headersOf(raw: string): ReadonlyMap<string, string> {
  const [head = ""] = raw.split("\r\n\r\n", 1);
  const lines = head.replaceAll(/\r\n(?=[ \t])/g, "").split("\r\n");
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), decoded(line.slice(colon + 1).trim())] as const;
    }),
  );
}

const WORD = /=\?utf-8\?([bq])\?([^?]*)\?=/gi;

/** https://www.rfc-editor.org/rfc/rfc2047 */
function decoded(text: string): string {
  const joined = text.replaceAll(/\?=\s+=\?/g, "?==?");
  return joined.replaceAll(WORD, (_, encoding: string, word: string) =>
    encoding.toLowerCase() === "b" ? fromBase64(word) : fromQuoted(word),
  );
}

function fromBase64(word: string): string {
  return Buffer.from(word, "base64").toString("utf8");
}

function fromQuoted(word: string): string {
  const bytes = word.replaceAll("_", " ").replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
