import type { Document } from "bson";

/** The server's own way to fail on request: `configureFailPoint: "failCommand"`. https://github.com/mongodb/mongo/wiki/The-%22failCommand%22-fail-point */
export interface FailPoint {
  configure(command: Document): void;
  /** What is to become of this command: counts it. Undefined: what it asks for. */
  next(name: string): Failure | undefined;
}

export interface Failure {
  /** The connection is cut without an answer. */
  readonly closeConnection: boolean;
  readonly errorCode: number;
  /** @default what the server itself would say */
  readonly errorLabels: readonly string[] | undefined;
}

/** Off. */
export function createFailPoint(): FailPoint {
  let left = 0;
  let data: Document = {};
  return {
    configure({ mode, data: wanted }) {
      data = (wanted as Document | undefined) ?? {};
      left = mode === "off" ? 0 : mode === "alwaysOn" ? Infinity : Number((mode as Document)["times"]);
    },
    next(name) {
      const commands = (data["failCommands"] as readonly string[] | undefined) ?? [];
      if (left <= 0 || !commands.includes(name)) return undefined;
      left -= 1;
      const errorLabels = data["errorLabels"] as readonly string[] | undefined;
      return { closeConnection: data["closeConnection"] === true, errorCode: Number(data["errorCode"] ?? 0), errorLabels };
    },
  };
}
