// The front page: signing in, language, and what went wrong.
import { Board } from "./board.js";
import { dayOfAddress, dropKey, get, hasKey, keepKeyOfAddress, send, Trouble } from "./client.js";
import { letPasswordsBeSeen } from "./form.js";
import { switchLanguage, text, translatePage } from "./texts.js";

const element = (id) => document.getElementById(id);
const troubles = new Map(); // which of the board's tasks has trouble → what
const board = new Board((trouble, task) => {
  if (trouble?.status === 401) return showSignIn(text("sessionOver"));
  trouble ? troubles.set(task, trouble) : troubles.delete(task);
  showTroubles();
});

function showTroubles() {
  const [trouble] = troubles.values();
  element("trouble").hidden = !trouble;
  if (trouble) element("trouble").textContent = inWords(trouble);
}

function inWords(trouble) {
  if (!(trouble instanceof Trouble)) console.error(trouble);
  return trouble.status === 0 ? text("offline") : text("trouble", { what: trouble.message });
}

function showPart(name) {
  element("sign-in").hidden = name !== "sign-in";
  element("board").hidden = name !== "board";
  element("leave").hidden = name !== "board";
  const isHere = name === "board";
  for (const link of document.querySelectorAll("nav .people")) link.hidden = !isHere || hasKey();
  for (const link of document.querySelectorAll("nav .managers")) link.hidden = !isHere || fleetRole !== "manager";
}

let attempts = 0;
let fleetRole = null;

async function openBoard() {
  const attempt = ++attempts;
  element("refused").hidden = true;
  let fleet;
  try {
    fleet = await get("/v1/fleet");
  } catch (trouble) {
    if (attempt !== attempts) return; // a slow answer to an earlier key
    if (trouble.status === 401) return showSignIn(hasKey() ? text("refused") : "");
    troubles.set("sign-in", trouble);
    showTroubles();
    setTimeout(() => attempt === attempts && openBoard(), 5000);
    return;
  }
  if (attempt !== attempts) return;
  fleetRole = fleet.role;
  board.open(fleet, dayOfAddress());
  troubles.clear();
  showTroubles();
  showPart("board");
}

function showSignIn(why) {
  attempts++;
  dropKey();
  board.close();
  troubles.clear();
  showTroubles();
  showPart("sign-in");
  element("refused").hidden = !why;
  element("refused").textContent = why;
  element("login").focus();
}

async function signIn() {
  const submit = document.querySelector("#sign-in [type=submit]");
  submit.disabled = true;
  try {
    const [login_name, password] = [element("login").value, element("password").value];
    await send("POST", "/v1/session", { login_name, password });
    element("password").value = "";
    await openBoard();
  } catch (trouble) {
    showSignIn(whyNot(trouble));
    element("password").select();
  } finally {
    submit.disabled = false;
  }
}

function whyNot(trouble) {
  if (trouble.status === 0) return text("offline");
  return { 401: text("wrongLogin"), 429: text("waitABit") }[trouble.status] ?? trouble.message;
}

async function signOut() {
  if (!hasKey()) await send("DELETE", "/v1/session").catch((trouble) => trouble.status === 401 || Promise.reject(trouble));
  showSignIn("");
}

async function offerTiles() {
  const answer = await fetch("/page-settings.json");
  const { tile_url: template, tile_attribution: attribution } = await answer.json();
  if (!template) return;
  const box = element("tiles");
  const use = () => {
    board.map.useTiles(box.checked ? template : null);
    element("attribution").hidden = !box.checked;
    localStorage.setItem("keitora.tiles", box.checked ? "on" : "off");
  };
  element("attribution").textContent = attribution;
  box.closest("label").hidden = false;
  box.checked = localStorage.getItem("keitora.tiles") === "on";
  box.addEventListener("change", use);
  use();
}

function translate() {
  translatePage();
  element("language").textContent = text("otherLanguage");
  element("refused").hidden = true;
  showTroubles();
  board.show();
}

element("language").addEventListener("click", () => {
  switchLanguage();
  translate();
});
element("leave").addEventListener("click", () => signOut().catch((trouble) => {
  troubles.set("sign-in", trouble);
  showTroubles();
}));
document.querySelector("#sign-in form").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn();
});
window.addEventListener("hashchange", () => location.hash.includes("key=") && location.reload());

translate();
letPasswordsBeSeen();
offerTiles().catch((trouble) => console.error(trouble)); // without tiles the page still works
keepKeyOfAddress();
openBoard();
