import type { Place } from "@backstitch/core/rules";
import type { Value } from "@backstitch/core/values";
import { nameOfFile, type RuleFile, type RuleFiles } from "../../files.ts";
import { placesOf } from "../../json/index.ts";
import { liquids } from "../../template/liquid.ts";
import type { Surroundings } from "../../surroundings.ts";
import { changed, type Siblings } from "./change.ts";
import { conditionChanges } from "./rule.ts";
import { templateChanges } from "./template.ts";

/** A file that several rules may use. */
export interface SharedFile extends RuleFile {
  /** What is around the rules, with the file as none can use it. */
  broken(): Surroundings;
  changes(siblings: Siblings): Iterable<SharedChange>;
}

export interface SharedChange {
  readonly says: string;
  place(): Place;
  /** What is around the rules, with the change made. */
  around(): Surroundings;
}

/** The files of `conditions/` and `templates/`. */
export function sharedFiles(
  { conditions, templates }: Pick<RuleFiles, "conditions" | "templates">,
  around: Surroundings,
): readonly SharedFile[] {
  return [...conditions.map((file) => conditionFile(around, file)), ...templates.map((file) => templateFile(around, file))];
}

function conditionFile(around: Surroundings, file: RuleFile): SharedFile {
  const name = nameOfFile(file, "conditions", ".json");
  const located = around.named.file(name);
  const value = (located?.value ?? null) as Value;
  return {
    ...file,
    broken: () => withCondition(around, name, located?.withValue(null)),
    *changes(siblings) {
      if (located === undefined) return;
      for (const { says, shownAt, what, at, to } of conditionChanges(value, [], siblings)) {
        const mutant = () => located.withValue(changed(value, at, to()));
        yield { says, place: () => located.placeOf(shownAt, what), around: () => withCondition(around, name, mutant()) };
      }
    },
  };
}

/** Nothing that was lowered before holds any more. */
function withCondition(around: Surroundings, name: string, mutant: ReturnType<Surroundings["named"]["file"]>): Surroundings {
  const { names, file } = around.named;
  return { ...around, named: { names, file: (one) => (one === name ? mutant : file(one)), lowered: new Map() } };
}

function templateFile(around: Surroundings, file: RuleFile): SharedFile {
  const name = nameOfFile(file, "templates", "");
  return {
    ...file,
    broken: () => withTemplate(around, name, "{{"),
    *changes(siblings) {
      const placeAt = placesOf(file.path, file.text);
      for (const { says, offset, text: mutant } of templateChanges(file.text, siblings)) {
        yield { says, place: () => placeAt(offset), around: () => withTemplate(around, name, mutant) };
      }
    },
  };
}

function withTemplate(around: Surroundings, name: string, text: string): Surroundings {
  const templates = new Map(around.templates).set(name, text);
  return { ...around, templates, liquids: liquids(templates) };
}
