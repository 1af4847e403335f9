import type { Facts } from "../facts/facts.ts";
import type { LocatedPath } from "../json/index.ts";
import { pathText } from "../path/parse-path.ts";
import { ArgumentFault } from "../template/fault.ts";

/** Says in a fault which argument it is of. */
export function naming<Rendered>(path: LocatedPath, render: (facts: Facts) => Rendered): (facts: Facts) => Rendered {
  const name = path.length === 0 ? "The arguments" : `Argument ${JSON.stringify(pathText(path.map(String)))}`;
  return (facts) => {
    try {
      return render(facts);
    } catch (error) {
      if (error instanceof ArgumentFault) throw new ArgumentFault(error.code, `${name}: ${error.message}.`);
      throw error;
    }
  };
}
