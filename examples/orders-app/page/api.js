/** Where the gateway is: `?api=` of the page's address, for one that listens elsewhere. */
const API = new URLSearchParams(location.search).get("api") ?? "http://127.0.0.1:8080";

/** Who is logged in, in this tab. */
let session;

/** Something that was refused, in the gateway's words. */
export class Refused extends Error {}

/** Asks the gateway. A token that has ended is refreshed, once. */
export async function ask(method, path, body, headers = {}) {
  const answer = await send(method, path, body, { headers });
  if (answer.status === 401 && session !== undefined && (await refresh())) return read(await send(method, path, body, { headers }));
  return read(answer);
}

export async function logIn(email, password) {
  session = (await ask("POST", "/v1/auth/login/emailPassword", { email, password })).body;
  return session.userId;
}

export async function register(email, password) {
  await ask("POST", "/v1/auth/register", { email, password });
}

export async function logOut() {
  const { refreshToken } = session ?? {};
  session = undefined;
  if (refreshToken !== undefined)
    await fetch(`${API}/v1/auth/session`, { method: "DELETE", headers: { authorization: `Bearer ${refreshToken}` } });
}

/** Changes as they happen, until `signal` says stop; comes again where it was cut off. */
export async function* changes(collection, signal) {
  let lastId;
  while (!signal.aborted) {
    try {
      const headers = lastId === undefined ? {} : { "last-event-id": lastId };
      const answer = await send("GET", `/v1/${collection}/changes`, undefined, { headers, signal });
      if (answer.status === 401 && !(await refresh())) return;
      if (answer.ok)
        for await (const event of eventsOf(answer.body)) {
          lastId = event.id ?? lastId;
          yield event;
        }
    } catch {
      // Cut off: by whoever follows, or on the way.
      if (signal.aborted) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
async function* eventsOf(body) {
  let text = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
      );
      if (fields.data !== undefined) yield { type: fields.event, id: fields.id, ...JSON.parse(fields.data) };
    }
  }
}

function send(method, path, body, { headers = {}, signal } = {}) {
  return fetch(`${API}${path}`, {
    method,
    signal,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(session === undefined ? {} : { authorization: `Bearer ${session.accessToken}` }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

async function refresh() {
  const answer = await fetch(`${API}/v1/auth/session`, { method: "POST", headers: { authorization: `Bearer ${session.refreshToken}` } });
  if (answer.ok) session = await answer.json();
  return answer.ok;
}

async function read(answer) {
  const text = await answer.text();
  const body = text === "" ? undefined : JSON.parse(text);
  if (!answer.ok) throw new Refused(body?.detail ?? `The gateway answered ${answer.status}.`);
  return { body, etag: answer.headers.get("etag") };
}
