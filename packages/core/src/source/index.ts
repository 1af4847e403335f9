export type { ChangeEvent, Operation } from "./event.ts";
export { PositionLost, SourceMisconfigured, type Batch, type Extent, type Positions, type Source } from "./source.ts";
