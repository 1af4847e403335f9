import { argumentsOf } from "../arguments.ts";
import type { Check } from "../study.ts";
import { warning } from "../warning.ts";

/** Links that no argument reads. */
export const links: Check = {
  finds: { RULE_LINK_UNUSED: "a link of an entry that no argument of it reads" },
  *find(study) {
    for (const rule of study.rules) {
      const reads = argumentsOf(study, rule).flatMap(({ entry, reads: paths }) => paths.map(({ path }) => ({ entry, path })));
      for (const entry of rule.entries) {
        for (const link of entry.links) {
          if (reads.some(({ entry: by, path: { root, segments } }) => by === entry && root === "links" && segments[0] === link.name))
            continue;
          const message = `No argument of this entry reads the link ${JSON.stringify(link.name)}.`;
          yield warning(link, {
            code: "RULE_LINK_UNUSED",
            message,
            remedy: `Write {{ links.${link.name} }} where it belongs, or remove it.`,
          });
        }
      }
    }
  },
};
