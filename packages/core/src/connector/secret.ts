const inspect = Symbol.for("nodejs.util.inspect.custom");

/** A text that never shows itself: printed, inspected, spread or serialised it is `[secret]`. Read it with {@link Secret.reveal} where it is used. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself: for the wire only. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect](): string {
    return "[secret]";
  }
}
