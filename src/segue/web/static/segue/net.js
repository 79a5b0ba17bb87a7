// Asking the server, with the token that shows that a page of ours asks.

export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

const headers = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");

/** The address of something of the API by its key: `api("feedback/tracks", key)`. */
export const api = (path, key) => `/api/v1/${path}${key === undefined ? "" : `/${encodeURIComponent(key)}`}`;

/** Ask in JSON. Throws `Refused` with the server's own words, and `TypeError` where there is no network. */
export async function ask(method, address, body, more = {}) {
  const answer = await fetch(address, {
    method,
    headers: { ...headers(), Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...more.headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: more.signal,
    keepalive: more.keepalive,
    credentials: "same-origin",
  });
  const text = await answer.text();
  const told = answer.headers.get("Content-Type")?.includes("json") && text ? JSON.parse(text) : {};
  if (!answer.ok) throw new Refused(answer.status, told.detail || told.title || gettext("That did not work. Try again."));
  return told;
}
