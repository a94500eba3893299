// The log of changes in words: what was done, to what.
import { hasText, text } from "./texts.js";

const KNOWN = {
  "signed in": "logSignedIn", "sign-in refused": "logRefused",
  "keitora person invite": "logInvited", "POST /v1/invitations": "logInvited",
  "keitora person reset-password": "logReset", "POST /v1/people/{person_id}/reset-password": "logReset",
};
const BY_METHOD = { POST: "logAdded", PUT: "logChanged", PATCH: "logChanged", DELETE: "logRemoved" };
const BY_LAST = {
  revoke: "logRevoked", renew: "logRenewed", done: "logDone", acknowledge: "logConfirmed", "{kind}": "logConfirmed",
};
const THINGS = {
  fleet: "thingFleet", people: "thingPeople", invitations: "thingInvitations", keys: "thingKeys",
  session: "thingSession", sessions: "thingSession", me: "thingPassword", vehicles: "thingVehicles",
  devices: "thingDevices", odometer: "thingOdometer", upkeep: "thingUpkeep", trips: "thingTrips",
  overlays: "thingTrips", places: "thingPlaces", episodes: "thingEpisodes", "fill-ups": "thingFillUps",
  charges: "thingCharges", tariffs: "thingTariffs", prices: "thingPrices",
};

/** Return an action of the log (`PATCH /v1/fleet`, `signed in`) in words; as it stands if it is none we know. */
export function actionInWords(action) {
  if (action.startsWith("link used: ")) return text("logLinkUsed");
  if (KNOWN[action]) return text(KNOWN[action]);
  const [method, path = ""] = action.split(" ");
  const parts = path.split("/").slice(2); // after "" and "v1"
  const last = parts.at(-1);
  // Of a truck, what is done to its devices or its odometer is told as that.
  const thing = THINGS[parts[0] === "vehicles" && THINGS[last] ? last : parts[0]];
  const done = (method === "POST" && BY_LAST[last]) || BY_METHOD[method];
  return thing && done ? text(done, { thing: text(thing) }) : action;
}

/** Return who did it (`ken@example.org, person 3`, `Grafana, key 7`) in words. */
export function whoInWords(who) {
  const byPerson = who.replace(/, person \d+$/, "");
  return byPerson.replace(/, key (\d+)$/, (_, number) => ` (${text("thingKeys")} ${number})`);
}

/** Return what was said in a change, in words; lists and groups are left out. */
export function valuesInWords(values) {
  const told = Object.entries(values ?? {}).filter(([, value]) => value !== null && typeof value !== "object");
  return told.map(([name, value]) => `${hasText(`field_${name}`) ? text(`field_${name}`) : name}: ${value}`).join(", ");
}
