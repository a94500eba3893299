// The front page: signing in, language, and what went wrong.
import { Board } from "./board.js";
import { dayOfAddress, dropKey, get, hasKey, keepKey, keepKeyOfAddress, Trouble } from "./client.js";
import { switchLanguage, text, translatePage } from "./texts.js";

const element = (id) => document.getElementById(id);
const troubles = new Map(); // which of the board's tasks has trouble → what
const board = new Board((trouble, task) => {
  if (trouble?.status === 401) return signOut(true);
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
}

let attempts = 0;

async function signIn() {
  const attempt = ++attempts;
  element("refused").hidden = true;
  let fleet;
  try {
    fleet = await get("/v1/fleet");
  } catch (trouble) {
    if (attempt !== attempts) return; // a slow answer to an earlier key
    if (trouble.status === 401) return signOut(true);
    troubles.set("sign-in", trouble);
    showTroubles();
    setTimeout(() => attempt === attempts && signIn(), 5000);
    return;
  }
  if (attempt !== attempts) return;
  board.open(fleet, dayOfAddress());
  troubles.clear();
  showTroubles();
  showPart("board");
}

function signOut(refused) {
  attempts++;
  dropKey();
  board.close();
  troubles.clear();
  showTroubles();
  showPart("sign-in");
  element("refused").hidden = !refused;
  element("refused").textContent = text("refused");
  element("key").focus();
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
  if (!element("refused").hidden) element("refused").textContent = text("refused");
  showTroubles();
  board.show();
}

element("language").addEventListener("click", () => {
  switchLanguage();
  translate();
});
element("leave").addEventListener("click", () => signOut(false));
document.querySelector("#sign-in form").addEventListener("submit", (event) => {
  event.preventDefault();
  keepKey(element("key").value.trim());
  element("key").value = "";
  signIn();
});
window.addEventListener("hashchange", () => location.hash.includes("key=") && location.reload());

translate();
offerTiles().catch((trouble) => console.error(trouble)); // without tiles the page still works
keepKeyOfAddress();
if (hasKey()) signIn();
else showPart("sign-in");
