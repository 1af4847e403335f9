import type { LiveIntake } from "@backstitch/gateway";
import type { Source } from "@backstitch/core/source";

/** A source of which somebody is told each batch, once the journal has it. */
export function toldLive(source: Source, live: LiveIntake): Source {
  return {
    name: source.name,
    async read(from, accept, signal) {
      live.begin(from);
      try {
        await source.read(
          from,
          async (batch) => {
            await accept(batch);
            live.accepted(batch);
          },
          signal,
        );
      } finally {
        live.end();
      }
    },
    ...(source.extent && { extent: (from, signal) => source.extent?.(from, signal) ?? Promise.resolve(undefined) }),
  };
}
