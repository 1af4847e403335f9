import type { RenderWhole } from "../arguments/make-argument.ts";
import { liquids } from "../template/liquid.ts";
import type { ParsedTemplate } from "../template/parse-template.ts";
import { renderByLiquid } from "../template/render-template.ts";

/** Renders templates by Liquid, which reads each when it is first rendered. They were checked when they were built. */
export function liquid(templates: ReadonlyMap<string, string>): RenderWhole {
  const liquidFor = liquids(templates);
  return ({ text, reads }, lands) => {
    let parsed: ParsedTemplate | undefined;
    return (facts) => {
      parsed ??= { liquid: liquidFor(lands), text, templates: liquidFor(lands).parse(text), reads };
      return renderByLiquid(parsed, facts);
    };
  };
}
