import type { Document } from "mongodb";

/** Puts large events together: a fragment has some of the event's top-level fields, and says which of how many it is. */
export interface Fragments {
  /** Whether an event has begun and not ended: what was read cannot be gone on from. */
  readonly pending: boolean;
  /** The event; undefined while fragments of it are missing. @throws Error where one is missing for good. */
  join(document: Document): Document | undefined;
}

export function createFragments(): Fragments {
  let parts: Document[] = [];
  return {
    get pending() {
      return parts.length > 0;
    },
    join(document) {
      const { splitEvent, ...fields } = document as {
        readonly splitEvent?: { readonly fragment: number; readonly of: number };
      } & Document;
      if (splitEvent === undefined && parts.length === 0) return document;
      const number = splitEvent?.fragment ?? NaN;
      if (number !== parts.length + 1) throw new Error(`A fragment of a large event is missing: after ${parts.length} came ${number}.`);
      parts.push(fields);
      if (number < (splitEvent?.of ?? NaN)) return undefined;
      // Of the tokens the first one's names the event: the rest differ in the number of the fragment.
      const whole = Object.assign({}, ...parts, { _id: parts[0]?.["_id"] }) as Document;
      parts = [];
      return whole;
    },
  };
}
