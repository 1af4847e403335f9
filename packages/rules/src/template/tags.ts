import { CaptureTag, ForTag, type Context, type Liquid, type TagToken, type TopLevelToken } from "liquidjs";
import type { Parser } from "liquidjs";
import { Rendered } from "./filters.ts";

/** They print values unescaped, keep state between uses, or split a template over files in ways that cannot be checked. */
const LEFT_OUT = ["cycle", "increment", "decrement", "tablerow", "include", "layout", "block"];
/** What one turn of a loop counts as, in characters: a loop that prints nothing must end too. */
const TURN_COST = 32;

export function registerTags(liquid: Liquid): void {
  for (const name of LEFT_OUT) delete liquid.tags[name];
  liquid.registerTag("for", CountedFor);
  liquid.registerTag("capture", CaptureOnce);
}

/** Collects what is printed and counts it against the template's memory limit. */
export interface CountedEmitter {
  buffer: string;
  write(text: unknown): void;
}

export function countedEmitter(context: Context): CountedEmitter {
  return {
    buffer: "",
    write(text) {
      const added = String(text);
      context.memoryLimit.use(added.length);
      this.buffer += added;
    },
  };
}

class CountedFor extends ForTag {
  constructor(token: TagToken, rest: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, rest, liquid, parser);
    this.templates.unshift({ token, render: (context: Context) => context.memoryLimit.use(TURN_COST) });
  }
}

/** Its text is escaped where it is captured, so it must not be escaped again where it is printed. */
class CaptureOnce extends CaptureTag {
  override *render(context: Context): Generator<unknown, void, unknown> {
    const emitter = countedEmitter(context);
    yield this.liquid.renderer.renderTemplates(this.templates, context, emitter);
    context.bottom()[this.variable] = new Rendered(emitter.buffer);
  }
}
