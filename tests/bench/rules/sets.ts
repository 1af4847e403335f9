/** A condition as all sides of the comparison can say it. */
export type Test =
  | { readonly all: readonly Test[] }
  | { readonly any: readonly Test[] }
  | { readonly not: Test }
  | { readonly field: string; readonly operator: keyof typeof MONGO; readonly value: unknown };

/** json-rules-engine's operators, and MongoDB's for the same. */
const MONGO = {
  equal: "$eq",
  notEqual: "$ne",
  in: "$in",
  contains: "$eq",
  greaterThan: "$gt",
  greaterThanInclusive: "$gte",
  lessThan: "$lt",
} as const;

export type SetName = "exact" | "and2" | "mixed" | "nested";

export const SETS: readonly SetName[] = ["exact", "and2", "mixed", "nested"];
export const SIZES = [10, 100, 1_000, 10_000, 100_000];

/** The rules of a set, by name: r0, r1 and so on. */
export function rulesOf(set: SetName, size: number): readonly Test[] {
  return Array.from({ length: size }, (_, index) => MAKERS[set](index, size));
}

const is = (field: string, value: unknown): Test => ({ field, operator: "equal", value });

function sku(index: number): Test {
  return is("sku", `SKU-${index}`);
}

function pair(index: number, size: number): Test {
  const side = Math.ceil(Math.sqrt(size));
  return { all: [is("region", `region-${index % side}`), is("product", `product-${Math.floor(index / side)}`)] };
}

const MIXED: readonly ((index: number, size: number) => Test)[] = [
  sku,
  pair,
  (index) => ({
    all: [
      { field: "customer", operator: "in", value: [0, 1, 2].map((more) => `customer-${index * 3 + more}`) },
      { field: "status", operator: "notEqual", value: "void" },
    ],
  }),
  (index, size) => {
    const width = PRICES / size / 100;
    const from = (PRICES / size) * index;
    return {
      all: [
        is("channel", "web"),
        { field: "price", operator: "greaterThanInclusive", value: from },
        { field: "price", operator: "lessThan", value: from + width },
      ],
    };
  },
  (index) => ({
    all: [
      { field: "tags", operator: "contains", value: `tag-${index}` },
      { field: "quantity", operator: "lessThan", value: 50 },
    ],
  }),
];

const MAKERS: Readonly<Record<SetName, (index: number, size: number) => Test>> = {
  exact: sku,
  and2: pair,
  mixed: (index, size) => {
    const kind = MIXED[index % MIXED.length] ?? sku;
    return kind(Math.floor(index / MIXED.length), Math.ceil(size / MIXED.length));
  },
  nested: (index, size) => ({
    all: [
      { any: [pair(index, size), is("customer", `customer-${index}`)] },
      { not: is("status", "void") },
      {
        any: [
          { field: "quantity", operator: "greaterThan", value: 20 },
          { all: [is("channel", "web"), { field: "price", operator: "lessThan", value: PRICES / 2 }] },
        ],
      },
    ],
  }),
};

const PRICES = 1_000_000;
const STATUSES = ["new", "paid", "shipped", "void"];
const CHANNELS = ["web", "shop", "phone"];
const NOTES = [
  "Leave it at the door, please.",
  "Call before delivery: the bell is broken.",
  "Second floor, left side, behind the green gate.",
];

/**
 * Texts of change events, as a source could have sent them: an update with both images of a row of 16 columns.
 * @param oneIn About one event in so many matches a rule.
 */
export function eventTexts(
  set: SetName,
  size: number,
  { count, oneIn }: { readonly count: number; readonly oneIn: number },
): readonly string[] {
  const random = generator(size + count);
  const kinds = set === "mixed" ? MIXED.length : 1;
  const rare = set === "nested" ? oneIn * 1.5 : oneIn * kinds;
  return Array.from({ length: count }, (_, index) => JSON.stringify(eventOf(index, { size: Math.ceil(size / kinds), rare }, random)));
}

function eventOf(index: number, { size, rare }: { readonly size: number; readonly rare: number }, random: () => number): object {
  const below = (most: number): number => Math.floor(random() * most);
  const pick = (items: readonly string[]): string => items[below(items.length)] ?? "";
  const side = Math.ceil(Math.sqrt(size));
  const after = {
    id: index,
    sku: `SKU-${below(size * rare)}`,
    region: `region-${below(side)}`,
    product: `product-${below(side * rare)}`,
    status: pick(STATUSES),
    customer: `customer-${below(size * rare * 3)}`,
    channel: pick(CHANNELS),
    currency: "CHF",
    quantity: below(100),
    price: below(PRICES),
    weight: below(10_000) / 100,
    tags: [`tag-${below(size * rare * 2)}`, `tag-${below(size * rare * 2)}`],
    city: "Aarau",
    note: pick(NOTES),
    createdAt: "2026-05-06T07:08:09.123456Z",
    updatedAt: "2026-05-07T08:09:10.234567Z",
  };
  const before = { ...after, status: "new", quantity: after.quantity + 1, updatedAt: "2026-05-06T07:08:09.123456Z" };
  return {
    id: `0/${index.toString(16)}`,
    source: "shop",
    origin: "log",
    operation: "update",
    database: "shopdb",
    collection: "orders",
    key: { id: index },
    after,
    before,
    unsent: [],
    changed: ["status", "quantity", "updatedAt"],
    committedAt: "2026-05-07T08:09:10.234567Z",
  };
}

/** The same numbers in every run. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** As json-rules-engine writes it, over facts or over the fields of one fact. */
export function libraryCondition(test: Test, fact?: string): object {
  if ("all" in test) return { all: test.all.map((part) => libraryCondition(part, fact)) };
  if ("any" in test) return { any: test.any.map((part) => libraryCondition(part, fact)) };
  if ("not" in test) return { not: libraryCondition(test.not, fact) };
  const { field, operator, value } = test;
  return fact === undefined ? { fact: field, operator, value } : { fact, path: `$.${field}`, operator, value };
}

/** As MongoDB writes it. */
export function expression(test: Test, prefix = ""): object {
  if ("all" in test) return { $and: test.all.map((part) => expression(part, prefix)) };
  if ("any" in test) return { $or: test.any.map((part) => expression(part, prefix)) };
  if ("not" in test) return { $nor: [expression(test.not, prefix)] };
  return { [prefix + test.field]: { [MONGO[test.operator]]: test.value } };
}
