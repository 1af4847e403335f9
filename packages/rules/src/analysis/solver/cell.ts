import type { Value } from "@backstitch/core/values";
import type { About, Literal } from "./leaf.ts";
import { librarySamplesFor, samplesFor, type Sample } from "./samples.ts";
import type { Domain } from "./world.ts";

type Said = About & { readonly negated: boolean };

/** Whether values of the domain can meet all tests of one path together. True where that is not known. */
export function canMeetAll(literals: readonly Literal[], domain: Domain): boolean {
  const said = literals.flatMap(({ leaf: { about }, negated }): Said[] => (about === undefined ? [] : [{ ...about, negated }]));
  if (said.length === 0) return true;
  const constants = [...said.flatMap((one) => one.constants), ...(domain.only ?? [])];
  if (said[0]?.reads === "library")
    return librarySamplesFor(constants).some((sample) => admits(domain, sample) && said.every((one) => allows(one, sample)));
  const sizes = said.flatMap((one) => one.sizes);
  const samples = samplesFor(constants as readonly Value[], sizes);
  return samples === undefined || canMeet(said, samples, domain);
}

function admits({ whole, only }: Domain, sample: Sample): boolean {
  if (!whole.has(sample.kind)) return false;
  if (only === undefined) return true;
  // The only list that is admitted alone is the empty one.
  return Array.isArray(sample.value) ? sample.value.length === 0 : sample.exact && only.includes(sample.value as Value);
}

/** Whether a test that is known to be true, or known to be false, leaves the value possible. */
function allows({ negated, says }: Said, sample: Sample): boolean {
  const verdict = says(sample);
  return verdict === undefined || verdict === !negated;
}

function canMeet(said: readonly Said[], samples: readonly Sample[], domain: Domain): boolean {
  const of = (reads: About["reads"], negated: boolean): Said[] => said.filter((one) => one.reads === reads && one.negated === negated);
  const [anyOf, oneOf] = [of("each", false), of("whole", false)];
  const [noneOf, notOf] = [of("each", true), of("whole", true)];
  const pins = said.filter(({ reads }) => reads === "pinned");
  const possible = samples.filter((sample) => noneOf.every((one) => allows(one, sample)));
  const wholes = possible.filter(
    (sample) =>
      admits(domain, sample) &&
      notOf.every((one) => allows(one, sample)) &&
      pins.every((one) => allows(one, sample) && (one.negated || sample.kind !== "list")),
  );
  const elements = wholes.some(({ kind }) => kind === "list") ? possible.filter(({ kind }) => domain.elements.has(kind)) : [];
  const isMetBy = (one: Said, sample: Sample): boolean => allows(one, sample);
  const isPinned = pins.some(({ negated }) => !negated);
  if (domain.single || isPinned) {
    return wholes.some(
      (whole) =>
        oneOf.every((one) => isMetBy(one, whole)) &&
        anyOf.every((one) => isMetBy(one, whole) || (whole.kind === "list" && elements.some((element) => isMetBy(one, element)))),
    );
  }
  return (
    oneOf.every((one) => wholes.some((whole) => isMetBy(one, whole))) &&
    anyOf.every((one) => [...wholes, ...elements].some((sample) => isMetBy(one, sample)))
  );
}
