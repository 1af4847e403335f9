import { describe, expect, test } from "vitest";
import { addressCheck } from "../src/http/addresses.ts";

const METADATA = "a cloud's metadata address";
const LOOPBACK = "a loopback address";
const PRIVATE = "a private address";
const LINK = "a link-local address";
const CARRIER = "an address behind a carrier's NAT";
const THIS = "an address of this network";
const MULTICAST = "a multicast address";
const RESERVED = "a reserved address";
const DOCUMENTS = "an address for documents or benchmarks";
const WITHIN = "an IPv4 address in IPv6's form";
const TUNNEL = "an address of a tunnel (6to4 or Teredo)";
const MAY = undefined;

const addresses: readonly (readonly [address: string, what: string | undefined])[] = [
  ["8.8.8.8", MAY],
  ["1.1.1.1", MAY],
  ["9.255.255.255", MAY],
  ["10.0.0.0", PRIVATE],
  ["10.255.255.255", PRIVATE],
  ["11.0.0.0", MAY],
  ["0.0.0.0", THIS],
  ["0.255.255.255", THIS],
  ["100.63.255.255", MAY],
  ["100.64.0.0", CARRIER],
  ["100.127.255.255", CARRIER],
  ["100.128.0.0", MAY],
  ["100.100.100.200", METADATA],
  ["126.255.255.255", MAY],
  ["127.0.0.1", LOOPBACK],
  ["127.255.255.255", LOOPBACK],
  ["128.0.0.0", MAY],
  ["168.63.129.16", METADATA],
  ["168.63.129.17", MAY],
  ["169.253.255.255", MAY],
  ["169.254.0.1", LINK],
  ["169.254.169.254", METADATA],
  ["169.254.170.2", LINK],
  ["169.255.0.0", MAY],
  ["172.15.255.255", MAY],
  ["172.16.0.0", PRIVATE],
  ["172.31.255.255", PRIVATE],
  ["172.32.0.0", MAY],
  ["192.0.0.1", RESERVED],
  ["192.0.0.192", METADATA],
  ["192.0.1.0", MAY],
  ["192.0.2.1", DOCUMENTS],
  ["192.88.99.1", RESERVED],
  ["192.167.255.255", MAY],
  ["192.168.0.1", PRIVATE],
  ["192.169.0.0", MAY],
  ["198.17.255.255", MAY],
  ["198.18.0.1", DOCUMENTS],
  ["198.19.255.255", DOCUMENTS],
  ["198.20.0.0", MAY],
  ["198.51.100.7", DOCUMENTS],
  ["203.0.113.7", DOCUMENTS],
  ["223.255.255.255", MAY],
  ["224.0.0.1", MULTICAST],
  ["239.255.255.255", MULTICAST],
  ["240.0.0.1", RESERVED],
  ["255.255.255.255", RESERVED],
  ["2606:4700:4700::1111", MAY],
  ["2a00:1450:4001:81b::200e", MAY],
  ["::", WITHIN],
  ["::1", LOOPBACK],
  ["::127.0.0.1", WITHIN],
  ["::ffff:127.0.0.1", WITHIN],
  ["::ffff:7f00:1", WITHIN],
  ["::ffff:8.8.8.8", WITHIN],
  ["0:0:0:0:0:ffff:a9fe:a9fe", WITHIN],
  ["64:ff9b::8.8.8.8", MAY],
  ["64:ff9b::10.0.0.1", PRIVATE],
  ["64:ff9b::10.0.0.0", PRIVATE],
  ["64:ff9b::", THIS],
  ["64:ff9b::7", THIS],
  ["64:ff9b::a9fe:a9fe", METADATA],
  ["64:ff9b::127.0.0.1", LOOPBACK],
  ["64:ff9b:1::8.8.8.8", WITHIN],
  ["100::1", RESERVED],
  ["1fff::1", RESERVED],
  ["2001::1", TUNNEL],
  ["2001:0:5ef5:79fd::1", TUNNEL],
  ["2001:2::1", RESERVED],
  ["2001:20::1", RESERVED],
  ["2001:200::1", MAY],
  ["2001:db8::1", DOCUMENTS],
  ["2002:7f00:1::", TUNNEL],
  ["2002:808:808::1", TUNNEL],
  ["3fff::1", DOCUMENTS],
  ["3fff:1000::1", MAY],
  ["4000::1", RESERVED],
  ["fc00::1", PRIVATE],
  ["fd00:ec2::254", METADATA],
  ["fd00:ec2::23", METADATA],
  ["fd20:ce::254", METADATA],
  ["fdff:ffff::1", PRIVATE],
  ["fe80::1", LINK],
  ["fe80::1%eth0", LINK],
  ["febf::1", LINK],
  ["fec0::1", RESERVED],
  ["ff02::1", MULTICAST],
];

describe("an address that a url leads to", () => {
  test.each(addresses)("%s is %s", (address, what) => {
    expect(addressCheck()(address)).toBe(what);
  });
});

describe("what the service allows is dialled", () => {
  const rows: readonly (readonly [allowed: string, address: string, what: string | undefined])[] = [
    ["10.1.0.0/16", "10.1.2.3", MAY],
    ["10.1.0.0/16", "10.2.0.1", PRIVATE],
    ["10.1.2.3/32", "10.1.2.3", MAY],
    ["169.254.0.0/16", "169.254.169.254", MAY],
    ["127.0.0.0/8", "::1", LOOPBACK],
    ["127.0.0.0/8", "::ffff:127.0.0.1", WITHIN],
    ["::ffff:0:0/96", "::ffff:127.0.0.1", MAY],
    // Else every IPv4 address would be within it.
    ["::ffff:0:0/96", "127.0.0.1", LOOPBACK],
    ["10.0.0.0/8", "64:ff9b::10.0.0.1", MAY],
    ["64:ff9b::/96", "64:ff9b::10.0.0.1", MAY],
    ["fd12:3456::/32", "fd12:3456::1", MAY],
    ["fd12:3456::/32", "fd12:3457::1", PRIVATE],
    ["::/0", "fe80::1%eth0", MAY],
    ["::/0", "10.0.0.1", PRIVATE],
    ["0.0.0.0/0", "10.0.0.1", MAY],
  ];
  test.each(rows)("%s lets %s through: %s", (allowed, address, what) => {
    expect(addressCheck([allowed])(address)).toBe(what);
  });

  test.each(["10.0.0.0", "10.0.0.0/33", "10.0/8", "::/129", "fd00::/x", "/8", "1.2.3.4/-1"])("%j is no network", (cidr) => {
    expect(() => addressCheck([cidr])).toThrow(
      expect.objectContaining({
        outcome: "locked-out",
        code: "HTTP_ALLOW_ADDRESSES",
        message: expect.stringContaining(`"${cidr}"`) as string,
      }),
    );
  });
});
