export type { ChangeEvent, Operation } from "./event.ts";
export { PositionLost, SourceMisconfigured, type Batch, type Positions, type Source } from "./source.ts";
