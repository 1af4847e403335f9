import { ConnectorError } from "@backstitch/core/connector";

/**
 * Loads a vendor's SDK, which a project installs only when it uses the connector; or a library that a function may be bundled without.
 * @throws ConnectorError `locked-out` with what to install, when it is not there.
 */
export async function loadSdk<Sdk>(connector: string, packageName: string, load: () => Promise<Sdk>): Promise<Sdk> {
  try {
    return withNames(await load());
  } catch (error) {
    if (!isMissing(error, packageName)) throw error;
    const reason = `The connector "${connector}" needs the package "${packageName}", which is not installed. Run: npm install ${packageName}`;
    throw new ConnectorError("locked-out", "SDK_MISSING", reason);
  }
}

/** A bundler that splits its output gives all that a CommonJS package exports as `default`, and nothing by name. */
function withNames<Sdk>(sdk: Sdk): Sdk {
  const [only, another] = Object.keys(sdk as object);
  return only === "default" && another === undefined ? { ...(sdk as { default: Sdk }).default, ...sdk } : sdk;
}

/** A package that the SDK itself misses is another matter: its name would be another. */
function isMissing(error: unknown, packageName: string): boolean {
  if (!(error instanceof Error)) return false;
  return (error as { code?: unknown }).code === "ERR_MODULE_NOT_FOUND" && error.message.includes(`'${packageName}'`);
}
