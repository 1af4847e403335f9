import { expect, test } from "vitest";
import { relationFrom } from "../src/postgres/relation.ts";
import { createRelations } from "../src/postgres/relations.ts";
import { createRowReader, type RowReader } from "../src/postgres/row-reader.ts";

function described(column: string): RowReader {
  const columns = [{ name: column, typeId: 23, identifies: true }];
  return createRowReader(relationFrom({ kind: "relation", id: 7, schema: "public", name: "item", identity: "d", columns }, new Map()));
}

test("what a transaction describes holds in it, and afterwards where nothing was described later", () => {
  const relations = createRelations();
  const [first, within, later] = [described("first"), described("within"), described("later")];
  relations.set(7, first, 0);
  relations.set(8, first, 1);
  // Described second, and read after the third: its transaction ended last.
  relations.set(7, later, 3);
  relations.enter();
  relations.set(7, within, 2);
  relations.set(8, within, 2);
  expect([relations.get(7), relations.get(8)]).toEqual([within, within]);
  relations.leave();
  expect([relations.get(7), relations.get(8), relations.get(9)]).toEqual([later, within, undefined]);
});
