import type { Lands } from "@backstitch/core/connector";
import type { TemplateForm } from "../arguments/form.ts";
import type { Facts } from "../facts/facts.ts";
import { compileRead } from "../facts/read.ts";
import { land, landWhole, textOf } from "./landing.ts";
import { compileUnsentOf } from "./unsent.ts";

export type RenderText = (facts: Facts) => string;

/**
 * Makes what renders a template. Where it is only text and plain paths, it is rendered without Liquid's machinery,
 * which goes on from there whenever a value is anything but a scalar: the words of a failure are Liquid's alone.
 * @param whole Renders it whatever is in it.
 */
export function makeTemplate({ reads, pieces }: TemplateForm, lands: Lands, whole: RenderText): RenderText {
  const unsent = compileUnsentOf(reads);
  const body = pieces === undefined ? whole : makeSimple(pieces, lands, whole);
  // What the template itself says between the values must fit into a header too.
  const render: RenderText = lands === "header" ? (facts) => land(body(facts), lands) : body;
  if (unsent === undefined) return render;
  return (facts) => {
    unsent(facts);
    return render(facts);
  };
}

function makeSimple(pieces: NonNullable<TemplateForm["pieces"]>, lands: Lands, whole: RenderText): RenderText {
  const put = pieces.length === 1 ? landWhole : land;
  const parts = pieces.map((piece) => (typeof piece === "string" ? piece : compileRead(piece.path)));
  return (facts) => {
    let text = "";
    for (const part of parts) {
      if (typeof part === "string") text += part;
      else {
        const value = part(facts, undefined);
        const printed = typeof value === "string" ? value : textOf(value);
        if (printed === undefined) return whole(facts);
        const landed = lands === "text" ? printed : tryLand(() => put(printed, lands));
        if (landed === undefined) return whole(facts);
        text += landed;
      }
    }
    return text;
  };
}

/** Undefined where the place cannot hold it: Liquid then says so in its own words. */
function tryLand(put: () => string): string | undefined {
  try {
    return put();
  } catch {
    return undefined;
  }
}
