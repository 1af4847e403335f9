import type { Value } from "@backstitch/core/values";
import { Query } from "mingo";
import { criteriaOf } from "./mingo-criteria.ts";
import { mingoDocument } from "./mingo-document.ts";
import { mingoTrial } from "./mingo-rules.ts";
import type { Oracle, Trial, Verdict } from "./oracle.ts";

/** Few enough of each that they vary, many enough that making them does not take all the time. */
const RULES = 12;
const EVENTS = 30;

/** MongoDB's query language, by the library of that name: it is told the same condition about the same document. */
export const mingo: Oracle = {
  name: "mingo",
  trial: (random) => mingoTrial(random, { rules: RULES, events: EVENTS }),
  verdicts({ whens, conditions, events }) {
    const documents = events.map(mingoDocument);
    return whens.map((when) => {
      const always = readsEvent(when, conditions) ? undefined : new Query(criteriaOf(when, { conditions, event: {}, inElement: false }));
      return events.map((event, index): Verdict => {
        const query = always ?? new Query(criteriaOf(when, { conditions, event, inElement: false }));
        return query.test(documents[index] ?? {}) ? "match" : "nothing";
      });
    });
  },
};

/** mingo has nothing to compare two fields with: what the right side reads is put in, event by event. */
function readsEvent(when: Value, conditions: Trial["conditions"]): boolean {
  const written = JSON.stringify(when);
  return written.includes('"$path"') || (written.includes('"$condition"') && JSON.stringify(conditions).includes('"$path"'));
}
