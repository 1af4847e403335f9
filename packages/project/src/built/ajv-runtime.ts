import equalModule from "ajv/dist/runtime/equal.js";
import lengthModule from "ajv/dist/runtime/ucs2length.js";

// What ajv's standalone code calls: two small files, and nothing of the compiler.
export const equal = exported(equalModule);
export const ucs2length = exported(lengthModule);

/** Node gives a CommonJS module's `default` as a member, and some bundlers in its place. */
function exported<Exported>(module: { readonly default: Exported } | Exported): Exported {
  return typeof module === "object" && module !== null && "default" in module ? module.default : module;
}
