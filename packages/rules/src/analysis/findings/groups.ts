import { warning } from "../warning.ts";
import type { Check } from "../study.ts";

/** Groups that group nothing. */
export const groups: Check = {
  finds: {
    CONDITION_GROUP_EMPTY: "`all` or `any` of nothing: true to json-rules-engine, `any` too",
    CONDITION_GROUP_OF_ONE: "a group with one condition in it",
  },
  *find({ marks }) {
    for (const group of marks.groups) {
      const key = JSON.stringify(group.key);
      if (group.parts === 0) {
        const message = `${key} of nothing is always true to json-rules-engine.`;
        yield warning(group, { code: "CONDITION_GROUP_EMPTY", message, remedy: "Remove it, or fill it." });
      } else if (group.parts === 1 && !isWholeOfLibrary(group.key, group.at)) {
        const message = `${key} has one condition only.`;
        const remedy = group.key === "$nor" ? 'Write "$not".' : "Write the condition without it.";
        yield warning(group, { code: "CONDITION_GROUP_OF_ONE", message, remedy });
      }
    }
  },
};

/** A condition of json-rules-engine begins with a group, however little is in it. */
function isWholeOfLibrary(key: string, at: readonly (string | number)[]): boolean {
  return !key.startsWith("$") && (at.length === 1 || at.at(-2) === "when");
}
