import { ConnectorError } from "@backstitch/core/connector";

/** Whether requests may go to a URL's host. */
export type HostCheck = (url: URL) => boolean;

interface Entry {
  readonly protocol: string;
  readonly port: string;
  isHost(name: string): boolean;
}

/**
 * @param allowed `example.com`, `*.example.com` for all below it, `*` for any; a port where it is not the scheme's own; `http://` before it where that is meant.
 * @throws ConnectorError `locked-out` for one that is no host.
 */
export function hostCheck(allowed: readonly string[] = []): HostCheck {
  const entries = allowed.map(entryOf);
  return ({ protocol, port, hostname }) =>
    entries.some((entry) => entry.protocol === protocol && entry.port === port && entry.isHost(hostname));
}

function entryOf(text: string): Entry {
  const [, scheme = "https://", star = "", host = ""] = /^(https?:\/\/)?(\*$|\*(?=:\d+$)|\*\.)?(.*)$/.exec(text) ?? [];
  const any = star === "*";
  // As those read it who dial it: "EXAMPLE.com", "bücher.example" and "0x7f.1" become what a URL with that host has.
  const url = URL.parse(`${scheme}${any ? `any${host}` : host}`);
  if (url === null || url.pathname !== "/" || /[/?#@*\s\\]/.test(host) || (star === "*." && !/[a-z]/.test(url.hostname)))
    throw noHost(text);
  const { protocol, port, hostname } = url;
  const below = `.${hostname}`;
  return { protocol, port, isHost: (name) => any || (star === "*." ? name.endsWith(below) : name === hostname) };
}

function noHost(text: string): ConnectorError {
  return new ConnectorError(
    "locked-out",
    "HTTP_ALLOW_HOSTS",
    `The service's "allowHosts" has "${text}", which is no host such as "hooks.example.com" or "*.example.com".`,
  );
}
