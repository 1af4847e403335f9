import type { LookupAddress, LookupAllOptions } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { buildConnector } from "undici";
import type { AddressCheck } from "./addresses.ts";
import { refused } from "./refused.ts";

/** How a host's name becomes addresses: all that it has, as `node:dns`'s `lookup` gives them. */
export type Lookup = (
  host: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const CONNECT_MS = 10_000;

/**
 * Dials only addresses that pass. They are looked at when a connection is made, and no name is looked up again between that and the dialling:
 * a name that leads elsewhere a moment later does not get past. The name stays that of TLS.
 */
export function dialChecked(check: AddressCheck, lookup: Lookup): buildConnector.connector {
  const connect = buildConnector({ allowH2: false, timeout: CONNECT_MS, lookup: checkedLookup(lookup, check) });
  return (options, callback) => {
    // An address is dialled without a look-up.
    const what = isIP(options.hostname) === 0 ? undefined : check(options.hostname);
    if (what === undefined) connect(options, callback);
    else callback(addressRefused(options.hostname, options.hostname, what), null);
  };
}

/** One address that does not pass refuses the name: whoever says so of a host of theirs wants something of ours. */
function checkedLookup(lookup: Lookup, check: AddressCheck): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return done(error ?? noAddress(), "");
      for (const { address } of addresses) {
        const what = check(address);
        if (what !== undefined) return done(addressRefused(host, address, what), "");
      }
      if (options.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}

function noAddress(): NodeJS.ErrnoException {
  return Object.assign(new Error("no address"), { code: "ENOTFOUND" });
}

function addressRefused(host: string, address: string, what: string): Error {
  const leads = host === address ? `"url" names ${address}` : `"url" names ${host}, which is at ${address}`;
  return refused("ADDRESS", `The ${leads}, ${what}: only what the service's "allowAddresses" has is dialled inside.`);
}
