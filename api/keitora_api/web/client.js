// Talking to the API, and the key it takes.
const STORE = "keitora.key";

/** An answer that is a problem; `status` 0: no answer at all. */
export class Trouble extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Take the key out of the address bar (#key=…), so that it is neither shown nor bookmarked. */
export function keepKeyOfAddress() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (!key) return;
  keepKey(key);
  const day = dayOfAddress();
  history.replaceState(null, "", location.pathname + location.search + (day ? `#day=${day}` : ""));
}

/** Return the date the address asks for (#day=YYYY-MM-DD), or null. */
export function dayOfAddress() {
  const day = new URLSearchParams(location.hash.slice(1)).get("day");
  return day && /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : null;
}

/** Keep the key until the tab is closed. */
export function keepKey(key) {
  sessionStorage.setItem(STORE, key);
}

/** Forget the key. */
export function dropKey() {
  sessionStorage.removeItem(STORE);
}

/** Tell whether there is a key. */
export function hasKey() {
  return sessionStorage.getItem(STORE) !== null;
}

/** Return the JSON at a path of the API. Throws Trouble. */
export async function get(path, values = {}) {
  const query = new URLSearchParams(values).toString();
  let answer;
  try {
    answer = await fetch(query ? `${path}?${query}` : path, {
      headers: { Authorization: `Bearer ${sessionStorage.getItem(STORE)}` },
      cache: "no-cache",
    });
  } catch {
    throw new Trouble(0, "");
  }
  const body = await answer.json().catch(() => null);
  if (!answer.ok || body === null) throw new Trouble(answer.status, body?.detail ?? `HTTP ${answer.status}`);
  return body;
}
