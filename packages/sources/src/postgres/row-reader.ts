import type { Row } from "@backstitch/core/values";
import type { Cell } from "./pgoutput.ts";
import { readOf, type Read } from "./read-value.ts";
import { keyOf, rowOf, type Relation } from "./relation.ts";
import { NULL, type RowBytes, type Spans, textOf, UNSENT } from "./row-bytes.ts";

/** Reads rows of one table. */
export interface RowReader {
  readonly relation: Relation;
  /** The row of a tuple without the fields that were not sent. */
  row(bytes: RowBytes, cells: Spans): Row;
  /** The same where all was sent, with the fields of another row that are said to be the same. */
  rowLike(bytes: RowBytes, cells: Spans, other: Row, same: readonly boolean[]): Row;
  /** `null`: the table has no key, or the server did not send it. */
  key(bytes: RowBytes, cells: Spans): Row | null;
}

export function createRowReader(relation: Relation): RowReader {
  const every = relation.names.map((_, index) => index);
  const readRow = compiled(relation, every);
  const readLike = compiled(relation, every, (name, index) => `same[${index}] ? other[${name}] : `);
  const general = (bytes: RowBytes, cells: Spans): Row => rowOf(relation, textsOf(bytes, cells));
  const readKey = compiled(relation, relation.key);
  return {
    relation,
    row: (bytes, cells) => (readRow === undefined || cells.includes(UNSENT) ? general(bytes, cells) : readRow(bytes, cells)),
    rowLike: (bytes, cells, other, same) =>
      readLike === undefined || cells.includes(UNSENT) ? general(bytes, cells) : readLike(bytes, cells, other, same),
    key(bytes, cells) {
      if (relation.key.length === 0) return null;
      return readKey === undefined ? keyOf(relation, textsOf(bytes, cells)) : readKey(bytes, cells);
    },
  };
}

type Make = (bytes: RowBytes, cells: Spans, other?: Row, same?: readonly boolean[]) => Row;
/** Code that comes before what reads a field. */
type Before = (name: string, index: number) => string;

/** More would make a function that is not worth its making. */
const MOST_COLUMNS = 200;

/**
 * A function of one object literal: an object that is built name by name costs five times as much. The names are the only text of others in it, as JSON.
 * `undefined`: there are too many columns, or the process may not make code.
 */
function compiled({ names, converts }: Relation, columns: readonly number[], before: Before = () => ""): Make | undefined {
  if (columns.length > MOST_COLUMNS) return undefined;
  const fields = columns.map((index, place) => {
    const name = JSON.stringify(names[index] ?? "");
    const start = `cells[${2 * index}]`;
    // A bare "__proto__" would set the prototype.
    return `[${name}]: ${before(name, index)}${start} < 0 ? null : read${place}(bytes, ${start}, cells[${2 * index + 1}])`;
  });
  const reads = columns.map((index): Read => readOf(converts[index] ?? String));
  const code = `return (bytes, cells, other, same) => ({ ${fields.join(", ")} });`;
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- see above
    return new Function(...reads.map((_, place) => `read${place}`), code)(...reads) as Make;
  } catch {
    return undefined;
  }
}

function textsOf(bytes: RowBytes, cells: Spans): readonly Cell[] {
  const texts: Cell[] = [];
  for (let index = 0; index < cells.length; index += 2) {
    const start = cells[index] as number;
    texts.push(start === NULL ? null : start === UNSENT ? undefined : textOf(bytes, start, cells[index + 1] as number));
  }
  return texts;
}
