import { CaptureTag, CaseTag, ForTag, RenderTag, type Context, type Liquid, type TagToken, type TopLevelToken } from "liquidjs";
import type { Emitter, Parser } from "liquidjs";
import { exact } from "./exact-number.ts";
import { Rendered } from "./filters.ts";

/** They print values unescaped, keep state between uses, or split a template over files in ways that cannot be checked. */
const LEFT_OUT = ["cycle", "increment", "decrement", "tablerow", "include", "layout", "block"];
/** What one turn of a loop counts as, in characters: a loop that prints nothing must end too. */
const TURN_COST = 200;
/** A template inside another has a scope of its own, which takes so much longer than a turn. */
const RENDER_COST = 1_000;

export function registerTags(liquid: Liquid): void {
  for (const name of LEFT_OUT) delete liquid.tags[name];
  liquid.registerTag("case", ExactCase);
  liquid.registerTag("for", CountedFor);
  liquid.registerTag("capture", CaptureOnce);
  liquid.registerTag("render", RenderWritten);
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
    const cost = TURN_COST * (1 + this.templates.length);
    this.templates.unshift({ token, render: (context: Context) => context.memoryLimit.use(cost) });
  }
}

/** Numbers are compared by value. */
class ExactCase extends CaseTag {
  constructor(token: TagToken, rest: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, rest, liquid, parser);
    const read = this.value.value.bind(this.value);
    this.value.value = function* (...args) {
      return exact(yield read(...args));
    };
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

/** What a template reads is checked before it runs, so which templates it uses must be known. */
class RenderWritten extends RenderTag {
  constructor(token: TagToken, rest: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, rest, liquid, parser);
    const { file } = this as unknown as { readonly file: unknown };
    if (typeof file !== "string") throw new Error("the name of a template is written in quotes");
  }

  /** Templates that render each other twice double with every level. */
  override *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    context.memoryLimit.use(RENDER_COST);
    yield super.render(context, emitter);
  }
}
