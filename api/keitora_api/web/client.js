// Talking to the API: by the session's cookie, or by a key from the address bar (a screen on the wall).
const STORE = "keitora.key";

/** An answer that is a problem; `status` 0: no answer at all. `parts`: what is wrong, by field. */
export class Trouble extends Error {
  constructor(status, detail, parts = {}) {
    super(detail);
    this.status = status;
    this.parts = parts;
  }
}

/** Take the key out of the address bar (#key=…), so that it is neither shown nor bookmarked. */
export function keepKeyOfAddress() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (!key) return;
  sessionStorage.setItem(STORE, key);
  const day = dayOfAddress();
  history.replaceState(null, "", location.pathname + location.search + (day ? `#day=${day}` : ""));
}

/** Return the date the address asks for (#day=YYYY-MM-DD), or null. */
export function dayOfAddress() {
  const day = new URLSearchParams(location.hash.slice(1)).get("day");
  return day && /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : null;
}

/** Forget the key. */
export function dropKey() {
  sessionStorage.removeItem(STORE);
}

/** Tell whether there is a key: then nobody is signed in. */
export function hasKey() {
  return sessionStorage.getItem(STORE) !== null;
}

/** Return the JSON at a path of the API. Throws Trouble. */
export function get(path, values = {}) {
  const query = new URLSearchParams(values).toString();
  return ask("GET", query ? `${path}?${query}` : path);
}

/**
 * Send a change to the API and return what it answers; null for nothing. Throws Trouble.
 * `key`: the same request with the same key counts once, and is given the same answer.
 */
export function send(method, path, body, key) {
  return ask(method, path, body, key);
}

/** Return a key for a request that must count once. Not randomUUID: without https there is none. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");
}

async function ask(method, path, content, key) {
  const headers = {};
  if (hasKey()) headers.Authorization = `Bearer ${sessionStorage.getItem(STORE)}`;
  if (content !== undefined) headers["Content-Type"] = "application/json";
  if (key !== undefined) headers["Idempotency-Key"] = key;
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: content && JSON.stringify(content), cache: "no-cache" });
  } catch {
    throw new Trouble(0, "");
  }
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => null);
  if (answer.ok && body !== null) return body;
  const parts = Object.fromEntries((body?.errors ?? []).map((part) => [part.location.split(".").pop(), part.detail]));
  throw new Trouble(answer.status, body?.detail ?? `HTTP ${answer.status}`, parts);
}
