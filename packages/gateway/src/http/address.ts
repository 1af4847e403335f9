import { isIPv6 } from "node:net";
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";

/**
 * From where it is asked: whoever has an IPv6 address has a network of them, which is taken for one.
 * @param proxies So many of the project's own are in front; each adds to X-Forwarded-For by whom it was asked.
 */
export function addressOf(context: Context, proxies: number): string {
  const { remote } = getConnInfo(context);
  const told = (context.req.header("x-forwarded-for") ?? "").split(",").map((part) => withoutPort(part.trim()));
  const address = (proxies === 0 ? undefined : told.at(-proxies)) || (remote.address ?? "");
  return isIPv6(address) ? networkOf(address) : address;
}

/** Undefined: it is in no wider one. Of an IPv6 network of {@link addressOf} it is the /48: providers give their customers up to that. */
export function widerNetworkOf(address: string): string | undefined {
  const [network] = address.split("::/64");
  return network === undefined || network === address ? undefined : `${network.split(":").slice(0, 3).join(":")}::/48`;
}

/** Some proxies write the port beside the address, which is another for each connection. */
function withoutPort(written: string): string {
  const [, v4, v6] = /^(?:(\d+\.\d+\.\d+\.\d+)(?::\d+)?|\[([^\]]*)\](?::\d+)?)$/.exec(written) ?? [];
  return v4 ?? v6 ?? written;
}

/** The first 64 bits; an IPv4 address that is written as IPv6 is itself. */
function networkOf(address: string): string {
  const [, v4] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (v4 !== undefined) return v4;
  // The one way to write it of the many.
  const canonical = new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length) }, () => "0");
  return `${[...first, ...zeros, ...last].slice(0, 4).join(":")}::/64`;
}

const NO_PARAMETERS = new URLSearchParams();

/** What stands behind `?`. The rest of the address, which says where the server is, is not taken apart for it. */
export function parametersOf({ url }: Request): URLSearchParams {
  const [address = ""] = url.split("#", 1);
  const from = address.indexOf("?");
  return from === -1 ? NO_PARAMETERS : new URLSearchParams(address.slice(from));
}
