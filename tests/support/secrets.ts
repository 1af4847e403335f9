/** The spellings in which a text travels: as it is, in an address, in JSON, as hexadecimal, and in base64 at each of the three alignments. */
export function spellings(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  });
  return [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), bytes.toString("hex"), ...base64];
}

/** Which of the texts are to be seen in what was said, in any spelling. */
export function seenIn(said: string, texts: readonly string[]): readonly string[] {
  return texts.filter((text) => spellings(text).some((form) => said.includes(form)));
}
