import { ConnectorError, type SchemaFault } from "@backstitch/core/connector";

/** What making a request of an argument would throw, as a fault in it: so it is told before anything is connected. */
export function thrownFault(argument: string, make: () => unknown): readonly SchemaFault[] {
  try {
    make();
    return [];
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return [{ path: [argument], keyword: "format", message: error.message }];
  }
}
