// What the pages with forms have in common: languages, who is signed in, what went wrong.
import { get, send } from "./client.js";
import { currentLanguage, switchLanguage, text, translatePage } from "./texts.js";

export const element = (id) => document.getElementById(id);

/** Make an element with a class and content. */
export function made(tag, kind, ...content) {
  const one = document.createElement(tag);
  if (kind) one.className = kind;
  one.append(...content);
  return one;
}

/** Make a button that does something, told by its text and, for those who hear the page, by what it is done to. */
export function button(name, act, about = "") {
  const one = made("button", "", text(name));
  one.type = "button";
  if (about) one.setAttribute("aria-label", `${text(name)}: ${about}`);
  one.addEventListener("click", () => trying(one, act));
  return one;
}

/** Fill a list with rows of a title, what else is known, and buttons. */
export function fill(id, rows, empty) {
  const items = rows.map(([title, more, ...buttons]) =>
    made("li", "item", made("span", "name", title), made("span", "more", more), made("span", "acts", ...buttons)));
  element(id).replaceChildren(...(items.length ? items : [made("li", "more", empty)]));
}

/** Show the page in the reader's language, and again in the other when asked; `again` refills what is made here. */
export function speak(again = () => {}) {
  const show = () => {
    translatePage();
    element("language").textContent = text("otherLanguage");
    again();
  };
  element("language").addEventListener("click", () => {
    switchLanguage();
    show();
  });
  show();
}

/** Let a tick show what is typed into the password fields it names (data-shows): twelve letters are long on a phone. */
export function letPasswordsBeSeen() {
  for (const tick of document.querySelectorAll("[data-shows]")) {
    tick.addEventListener("change", () => {
      for (const id of tick.dataset.shows.split(" ")) element(id).type = tick.checked ? "text" : "password";
    });
  }
}

/** Return who is signed in; go to the front page if nobody is, or if only a manager may be here. */
export async function whoIsHere({ managersOnly = false } = {}) {
  const me = await get("/v1/me").catch((trouble) => {
    if (trouble.status === 401) location.replace("/");
    throw trouble;
  });
  if (managersOnly && me.role !== "manager") location.replace("/");
  return me;
}

/** Return what is in a form, without what is left empty. */
export function valuesOf(form) {
  const said = [...new FormData(form)].map(([name, value]) => [name, value.trim?.() ?? value]);
  const typed = (name, value) => (form.elements[name].type === "number" ? Number(value) : value);
  return Object.fromEntries(said.filter(([, value]) => value !== "").map(([name, value]) => [name, typed(name, value)]));
}

/** Do something when a form is sent; what is wrong is told beside its field, or at the top of the form. */
export function onSubmit(form, act) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    trying(form.querySelector("[type=submit]"), act, form);
  });
}

async function trying(pressed, act, form = null) {
  pressed.disabled = true;
  clear(form);
  try {
    await act();
  } catch (trouble) {
    tell(trouble, form);
  } finally {
    pressed.disabled = false;
  }
}

function clear(form) {
  element("trouble").hidden = true;
  for (const wrong of form?.querySelectorAll(".wrong") ?? []) wrong.remove();
  for (const field of form?.querySelectorAll("[aria-invalid]") ?? []) field.removeAttribute("aria-invalid");
}

/** Tell what went wrong: fields by themselves, the rest in the page's bar. */
export function tell(trouble, form = null) {
  const known = Object.entries(trouble.parts ?? {}).filter(([name]) => form?.elements[name]);
  for (const [name, detail] of known) {
    const field = form.elements[name];
    // What the API says is English; our own words stand where they say as much.
    const own = currentLanguage() === "ja" ? field.dataset.wrong : undefined;
    const wrong = made("p", "wrong", own ? text(own) : detail);
    wrong.id = `${name}-wrong`;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", wrong.id);
    field.after(wrong);
  }
  if (known.length) return form.elements[known[0][0]].focus();
  if (trouble.status === undefined) console.error(trouble);
  element("trouble").textContent = trouble.status === 0 ? text("offline") : trouble.message;
  element("trouble").hidden = false;
  element("trouble").scrollIntoView({ block: "nearest" });
}

/** Show a one-time link with its QR code, to be handed to one person. */
export function showLink(place, told, hint) {
  const code = made("img", "qr");
  code.src = told.qr_svg;
  code.alt = text("qrCode");
  const link = made("input", "");
  Object.assign(link, { value: told.link, readOnly: true, type: "text" });
  link.setAttribute("aria-label", text("link"));
  link.addEventListener("focus", () => link.select());
  // From this computer's own address nobody else gets anywhere.
  const isOnlyHere = ["127.0.0.1", "localhost", "[::1]"].includes(new URL(told.link).hostname);
  place.replaceChildren(made("p", "", hint), ...(isOnlyHere ? [made("p", "warn", text("linkOnlyHere"))] : []), code, link);
  place.hidden = false;
  link.focus();
}

/** Sign out and go to the front page. */
export async function leave() {
  await send("DELETE", "/v1/session");
  location.assign("/");
}
