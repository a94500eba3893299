// Using a one-time link: to make an account, to set a new password, or to come in as a visitor.
import { dropKey, send, Trouble } from "./client.js";
import { element, letPasswordsBeSeen, onSubmit, speak, tell, valuesOf } from "./form.js";
import { text } from "./texts.js";

const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
let invitation = null;

function show() {
  if (!invitation) return;
  const { purpose, fleet_name: fleet, name, role } = invitation;
  element("fleet").textContent = fleet;
  element("welcome").textContent = purpose === "reset" ? text("setNewPassword") : text("welcome", { fleet });
  element("as").textContent = purpose === "reset" ? name : text(role === "manager" ? "asManager" : "asDriver");
}

function prepare() {
  const { purpose, name, login_name: login } = invitation;
  for (const one of document.querySelectorAll(".joining")) one.hidden = purpose !== "join";
  for (const one of document.querySelectorAll(".secret")) one.hidden = purpose === "open";
  element("name").value = name === "Owner" ? "" : name;
  element("name").required = purpose === "join";
  element("login").value = login ?? "";
  element("login").readOnly = login !== null;
  element("login").required = element("password").required = purpose !== "open";
  element("join").hidden = false;
  show();
  element("join").querySelector("input:not([hidden]):not([readonly]), button:not([hidden])")?.focus();
}

async function accept() {
  const { name, login_name, password } = valuesOf(element("join"));
  const said = {
    join: { name, login_name, password }, reset: { password }, open: {},
  }[invitation.purpose];
  await send("POST", "/v1/invitations/accept", { token, ...said });
  dropKey();
  location.replace("/");
}

async function start() {
  try {
    invitation = await send("POST", "/v1/invitations/look", { token });
    // Else the link, which is used up now or soon, would stay in the history.
    history.replaceState(null, "", location.pathname);
    prepare();
    if (invitation.purpose === "open") await accept();
  } catch (trouble) {
    if (!(trouble instanceof Trouble) || trouble.status === 0) return tell(trouble);
    element("worthless").hidden = false;
    element("join").hidden = true;
  }
}

speak(show);
letPasswordsBeSeen();
onSubmit(element("join"), accept);
start();
