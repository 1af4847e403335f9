import { jsonText, type Row } from "@backstitch/core/values";
import { charactersOf, type Cells } from "../postgres/database.ts";

/** So many characters of JSON the documents of one answer have. */
const MOST_CHARACTERS = 16_777_216;
/** A character becomes at most six, `\u001f`. */
const LONGEST_CHARACTER = 6;
/** A field's name, which has at most 63 bytes, and what stands between. */
const LONGEST_NAME = 400;

/**
 * Whether an answer has room for one document more; the first has it always, or nobody would get past it.
 * What an asker may not read takes none, or they could tell its size.
 */
export type Room = (document: Row, madeOf?: Cells) => boolean;

/** Documents are measured once what they are made of could be too much: most answers are small. */
export function createRoom(): Room {
  let couldBe = 0;
  let taken = 0;
  let isFirst = true;
  let unmeasured: Row[] = [];
  return (document, madeOf) => {
    couldBe += madeOf === undefined ? Infinity : LONGEST_CHARACTER * charactersOf(madeOf) + LONGEST_NAME * madeOf.length;
    unmeasured.push(document);
    if (couldBe > MOST_CHARACTERS) {
      for (const one of unmeasured) taken += jsonText(one).length;
      unmeasured = [];
    }
    const has = isFirst || taken <= MOST_CHARACTERS;
    isFirst = false;
    return has;
  };
}
