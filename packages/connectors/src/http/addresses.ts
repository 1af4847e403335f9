import { BlockList, isIP, isIPv6 } from "node:net";
import { ConnectorError } from "@backstitch/core/connector";

/** Networks in CIDR notation that no public host is in, and what their addresses are. The first that fits says it. */
type Kinds = readonly (readonly [what: string, networks: readonly string[]])[];

/** https://www.iana.org/assignments/iana-ipv4-special-registry */
const V4: Kinds = [
  // Of Amazon and most others, of Alibaba, of Oracle, and of Azure, whose host is in a public network.
  ["a cloud's metadata address", ["169.254.169.254/32", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32"]],
  ["a loopback address", ["127.0.0.0/8"]],
  ["a private address", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]],
  ["a link-local address", ["169.254.0.0/16"]],
  ["an address behind a carrier's NAT", ["100.64.0.0/10"]],
  ["an address of this network", ["0.0.0.0/8"]],
  ["a multicast address", ["224.0.0.0/4"]],
  ["a reserved address", ["192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4"]],
  ["an address for documents or benchmarks", ["192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"]],
];

/** https://www.iana.org/assignments/iana-ipv6-special-registry. What has an IPv4 address within is refused whatever that is: nobody needs it. */
const V6: Kinds = [
  // Of Amazon, and of Google.
  ["a cloud's metadata address", ["fd00:ec2::/32", "fd20:ce::254/128"]],
  ["a loopback address", ["::1/128"]],
  ["an IPv4 address in IPv6's form", ["::/96", "::ffff:0:0/96", "64:ff9b:1::/48"]],
  ["a private address", ["fc00::/7"]],
  ["a link-local address", ["fe80::/10"]],
  ["a multicast address", ["ff00::/8"]],
  ["an address of a tunnel (6to4 or Teredo)", ["2002::/16", "2001::/32"]],
  ["a reserved address", ["2001::/23"]],
  ["an address for documents or benchmarks", ["2001:db8::/32", "3fff::/20"]],
];

/** All of IPv6 that is given out: what is beyond it is reserved. */
const GIVEN_OUT = listOf(["2000::/3"]);
/** Where IPv6 alone reaches IPv4, every name gets such an address: it is as good as the one within. https://www.rfc-editor.org/rfc/rfc6052 */
const NAT64 = listOf(["64:ff9b::/96"]);

const REFUSED_V4 = V4.map(([what, networks]) => ({ what, list: listOf(networks) }));
const REFUSED_V6 = V6.map(([what, networks]) => ({ what, list: listOf(networks) }));

/** What an address is that must not be dialled, such as "a private address"; undefined: it may be. */
export type AddressCheck = (address: string) => string | undefined;

/**
 * @param allowed Networks in CIDR notation that may be dialled, whatever is in them.
 * @throws ConnectorError `locked-out` for one that is none.
 */
export function addressCheck(allowed: readonly string[] = []): AddressCheck {
  // Apart: one list takes every IPv4 address for one within ::ffff:0:0/96 too.
  const v4 = listOf(allowed.filter((cidr) => !cidr.includes(":")));
  const v6 = listOf(allowed.filter((cidr) => cidr.includes(":")));
  const checkV4 = (address: string): string | undefined =>
    v4.check(address, "ipv4") ? undefined : REFUSED_V4.find(({ list }) => list.check(address, "ipv4"))?.what;
  return (given) => {
    if (!isIPv6(given)) return checkV4(given);
    const [address = ""] = given.split("%");
    if (v6.check(address, "ipv6")) return undefined;
    if (NAT64.check(address, "ipv6")) return checkV4(withinOf(address));
    return (
      REFUSED_V6.find(({ list }) => list.check(address, "ipv6"))?.what ??
      (GIVEN_OUT.check(address, "ipv6") ? undefined : "a reserved address")
    );
  };
}

/** The IPv4 address in the last 32 bits. */
function withinOf(address: string): string {
  // A URL's form has groups of hexadecimal digits alone.
  const groups = new URL(`http://[${address}]/`).hostname
    .slice(1, -1)
    .replace(/^64:ff9b::?/, "")
    .split(":");
  const bits = Number.parseInt(groups.at(-1) || "0", 16) + Number.parseInt(groups.at(-2) ?? "0", 16) * 0x1_0000;
  return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join(".");
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of networks) {
    const [net = "", prefix = ""] = cidr.split("/");
    const family = isIP(net);
    if (family === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 4 ? 32 : 128)) throw noNetwork(cidr);
    list.addSubnet(net, Number(prefix), family === 4 ? "ipv4" : "ipv6");
  }
  return list;
}

function noNetwork(cidr: string): ConnectorError {
  return new ConnectorError(
    "locked-out",
    "HTTP_ALLOW_ADDRESSES",
    `The service's "allowAddresses" has "${cidr}", which is no network such as 10.0.0.0/8 or fd00::/8.`,
  );
}
