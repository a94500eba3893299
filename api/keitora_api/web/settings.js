// The settings: the fleet, its trucks and people, where they are signed in, keys, and the log of changes.
import { get, hasKey, send } from "./client.js";
import { age } from "./format.js";
import { button, element, fill, leave, letPasswordsBeSeen, made, onSubmit, showLink, speak, tell, valuesOf, whoIsHere } from "./form.js";
import { actionInWords, valuesInWords, whoInWords } from "./log.js";
import { text } from "./texts.js";
import { showTrucks, wireTrucks } from "./trucks.js";

let me = null;
const isManager = () => me?.role === "manager";

function done(name) {
  element("done").textContent = text(name);
  element("done").hidden = false;
}

const roleName = (role) => text({ manager: "asManager", driver: "asDriver", viewer: "asViewer" }[role]);
const ago = (instant) => (instant ? age(instant, new Date()) : text("neverHere"));

async function showFleet() {
  const fleet = await get("/v1/fleet");
  element("fleet").textContent = fleet.name;
  for (const field of element("fleet-form").elements) if (field.name) field.value = fleet[field.name];
}

async function showPeople() {
  const { items } = await get("/v1/people");
  fill("people", items.map((person) => {
    const path = `/v1/people/${person.id}`;
    const change = (values) => async () => {
      await send("PATCH", path, values);
      await refresh();
    };
    const reset = async () => showLink(element("link"), await send("POST", `${path}/reset-password`), linkFor(person.name));
    const closed = person.disabled_at !== null;
    const acts = closed ? [button("reopen", change({ is_disabled: false }), person.name)] : [
      button("resetPassword", reset, person.name),
      ...(person.id === me.person_id ? [] : [button("close", change({ is_disabled: true }), person.name)]),
    ];
    const more = [person.login_name, roleName(person.role), closed ? text("closed") : ago(person.seen_at)];
    return [person.name, more.join(" · "), ...acts];
  }), "");
  const links = (await get("/v1/invitations")).items;
  element("links").hidden = links.length === 0;
  fill("links", links.map((link) => {
    const withdraw = async () => {
      await send("DELETE", `/v1/invitations/${link.id}`);
      await showPeople();
    };
    const until = new Date(link.expires_at).toLocaleDateString(document.documentElement.lang);
    return [link.name, `${text("linkOpen")} · ${text("until", { day: until })}`, button("withdraw", withdraw, link.name)];
  }), "");
}

const linkFor = (name) => text("linkFor", { name });

async function showSessions() {
  const { items } = await get("/v1/sessions");
  fill("sessions", items.map((session) => {
    const end = async () => {
      await send("DELETE", `/v1/sessions/${session.id}`);
      await showSessions();
    };
    const whose = isManager() ? [session.person_name] : [];
    const more = [...whose, session.is_this ? text("thisDevice") : ago(session.seen_at), session.address ?? ""];
    const acts = session.is_this ? [] : [button("endSession", end, session.device_name)];
    return [session.device_name, more.filter(Boolean).join(" · "), ...acts];
  }), text("noSessions"));
}

async function showKeys() {
  const { items } = await get("/v1/keys");
  fill("keys", items.filter((key) => key.revoked_at === null).map((key) => {
    const revoke = async () => {
      if (!confirm(text("reallyRevoke", { name: key.name }))) return;
      await send("DELETE", `/v1/keys/${key.id}`);
      await showKeys();
    };
    return [key.name, [roleName(key.role), key.driver_name].filter(Boolean).join(" · "), button("revoke", revoke, key.name)];
  }), text("noKeys"));
}

async function showLog() {
  const { items } = await get("/v1/audit", { limit: 30 });
  fill("log", items.map((entry) => {
    const number = entry.object?.match(/\d+$/)?.[0];
    const who = whoInWords(entry.who);
    return [actionInWords(entry.action), [ago(entry.made_at), who, number && `#${number}`, valuesInWords(entry.after)].filter(Boolean).join(" · ")];
  }), text("noLog"));
}

async function refresh() {
  if (!me) return;
  const all = [showSessions()];
  if (isManager()) all.push(showFleet(), showTrucks(), showPeople(), showKeys(), showLog());
  await Promise.all(all).catch(tell);
}

function wire() {
  onSubmit(element("fleet-form"), async () => {
    await send("PATCH", "/v1/fleet", valuesOf(element("fleet-form")));
    await refresh();
    done("saved");
  });
  wireTrucks(async () => {
    await refresh();
    done("saved");
  });
  onSubmit(element("invite-form"), async () => {
    const said = valuesOf(element("invite-form"));
    const told = await send("POST", "/v1/invitations", said);
    element("invite-form").reset();
    await showPeople();
    showLink(element("link"), told, linkFor(said.name));
  });
  onSubmit(element("key-form"), async () => {
    const { key } = await send("POST", "/v1/keys", valuesOf(element("key-form")));
    element("key-form").reset();
    await showKeys();
    element("key").replaceChildren(made("p", "", text("keyOnlyNow")), made("code", "", key));
    element("key").hidden = false;
  });
  onSubmit(element("password-form"), async () => {
    const { password, new_password } = Object.fromEntries(new FormData(element("password-form")));
    await send("PUT", "/v1/me/password", { password, new_password });
    element("password-form").reset();
    await refresh();
    done("passwordChanged");
  });
  element("leave").addEventListener("click", () => leave().catch(tell));
}

async function start() {
  wire();
  for (const zone of Intl.supportedValuesOf?.("timeZone") ?? []) {
    const option = document.createElement("option");
    option.value = zone;
    element("zones").append(option);
  }
  me = await whoIsHere();
  element("fleet").textContent = me.fleet.name;
  element("own-login").value = me.login_name ?? "";
  element("leave").hidden = element("password-section").hidden = hasKey();
  for (const one of document.querySelectorAll(".managers")) one.hidden = !isManager();
  await refresh();
  element("page").hidden = false;
}

speak(refresh);
letPasswordsBeSeen();
start().catch(tell);
