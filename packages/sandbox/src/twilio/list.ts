import type { Message } from "./message.ts";
import type { PeerRequest } from "../server.ts";

const DEFAULT_PAGE = 50;
const LARGEST_PAGE = 1_000;

/** One page of messages, newest first, filtered as https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources says. */
export function listMessages(messages: readonly Message[], { query, path }: PeerRequest): object {
  const matching = messages.filter((message) => matches(message, query)).reverse();
  const size = Math.min(Number(query.get("PageSize") ?? DEFAULT_PAGE) || DEFAULT_PAGE, LARGEST_PAGE);
  const page = Number(query.get("Page") ?? 0) || 0;
  const start = page * size;
  const shown = matching.slice(start, start + size);
  const address = (wanted: number): string => {
    const wantedQuery = new URLSearchParams(query);
    wantedQuery.set("PageSize", String(size));
    wantedQuery.set("Page", String(wanted));
    return `${path}?${wantedQuery.toString()}`;
  };
  return {
    end: start + Math.max(shown.length - 1, 0),
    first_page_uri: address(0),
    messages: shown,
    next_page_uri: start + size < matching.length ? address(page + 1) : null,
    page,
    page_size: size,
    previous_page_uri: page === 0 ? null : address(page - 1),
    start,
    uri: address(page),
  };
}

function matches(message: Message, query: URLSearchParams): boolean {
  const sent = Date.parse(message.date_sent ?? message.date_created);
  return (
    agrees(query.get("To"), message.to) &&
    agrees(query.get("From"), message.from) &&
    withinDay(sent, query.get("DateSent")) &&
    sent >= limit(query.get("DateSent>"), -Infinity) &&
    sent <= limit(query.get("DateSent<"), Infinity)
  );
}

function agrees(wanted: string | null, actual: string | null): boolean {
  return wanted === null || wanted === actual;
}

function withinDay(sent: number, day: string | null): boolean {
  return day === null || new Date(sent).toISOString().slice(0, 10) === day.slice(0, 10);
}

/** A day alone means all of it. Whole seconds, since that is how messages are dated. */
function limit(text: string | null, none: number): number {
  if (text === null) return none;
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const time = Math.floor(Date.parse(text) / 1_000) * 1_000;
  return isDay && none === Infinity ? time + 86_399_000 : time;
}
