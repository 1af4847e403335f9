export { MOST_HOPS, type ChangeEvent, type Operation } from "./event.ts";
export {
  PositionLost,
  SourceMisconfigured,
  type Batch,
  type Extent,
  type Positions,
  type Source,
  type UnreadableRecord,
} from "./source.ts";
