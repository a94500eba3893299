// The lists of trucks and of a day's trips.
import { age, clock, distance, economy, economyOfCurrent, number, speed, volume } from "./format.js";
import { text } from "./texts.js";

// Below it the slope and a cold engine decide how far a litre goes, not the truck: a farm's hill makes 60 km/L of it.
const ECONOMY_FROM_KM = 5;
const STANDS_BELOW_KMH = 3;

/** Make an element with a class and content. */
function made(tag, kind, ...content) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  element.append(...content);
  return element;
}

function fill(list, rows, empty) {
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.id : null;
  list.replaceChildren(...(rows.length ? rows : [made("li", "empty", ...empty)]));
  if (focused) list.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function row(id, label, chosen, choose, ...content) {
  const button = made("button", chosen ? "row chosen" : "row", ...content);
  button.type = "button";
  button.dataset.id = id;
  button.title = label;
  button.setAttribute("aria-pressed", String(chosen));
  button.addEventListener("click", choose);
  return made("li", "", button);
}

/** Fill the list of trucks: each {vehicle, latest or null}. Who `mayAdd` is led to where the first one is added. */
export function showTrucks(list, trucks, now, { chosen, choose, colourOf, mayAdd }) {
  const rows = trucks.map(({ vehicle, latest }) => {
    const state = stateSeen(latest);
    const swatch = made("span", "swatch");
    swatch.style.backgroundColor = colourOf(vehicle.id);
    const name = made("span", "name", vehicle.name);
    const badge = made("span", `state ${state}`, text(state));
    const values = made("span", "values", ...(latest ? truckValues(latest, now) : [text("unheardLong")]));
    const label = text("showTruck", { name: vehicle.name });
    return row(vehicle.id, label, chosen === vehicle.id, () => choose(vehicle.id), swatch, name, badge, values);
  });
  const add = made("a", "like-button", text("addTruck"));
  add.href = "/add-truck";
  fill(list, rows, [made("p", "", text("noTrucks")), ...(mayAdd ? [add] : [])]);
}

/** Return the state as its owner reads it: a logger that sleeps in a parked truck is no cause for worry, a lost one is. */
function stateSeen(latest) {
  if (latest === null) return "unheard";
  const wasStanding = latest.speed_kmh !== null && latest.speed_kmh < STANDS_BELOW_KMH;
  return latest.state === "silent" && wasStanding ? "parked" : latest.state;
}

function truckValues(latest, now) {
  const told = [];
  if (latest.speed_kmh !== null && latest.state === "moving") told.push(speed(latest.speed_kmh));
  if (latest.soc_pct !== null) told.push(`${number(latest.soc_pct, 0)} %`);
  if (latest.battery_v !== null) told.push(`${number(latest.battery_v, 1)} V`);
  told.push(age(latest.sampled_at, now));
  return [told.join(" · ")];
}

/** Fill the list of trips. */
export function showTrips(list, trips, zone, { chosen, choose, colourOf, emptyText }) {
  const rows = trips.map((trip) => {
    const swatch = made("span", "swatch");
    swatch.style.backgroundColor = colourOf(trip.vehicle.id);
    const end = trip.in_progress ? text("underWay") : clock(trip.ended_at, zone);
    const times = made("span", "name", `${clock(trip.started_at, zone)} – ${end}`);
    const truck = made("span", "truck", trip.vehicle.name);
    const values = made("span", "values", tripValues(trip));
    return row(trip.id, text("showTrip"), chosen === trip.id, () => choose(trip.id), swatch, times, truck, values);
  });
  fill(list, rows, [emptyText]);
}

function tripValues(trip) {
  const told = [trip.distance_km === null ? text("distanceUnknown") : distance(trip.distance_km)];
  if (trip.fuel_l !== null) {
    const partly = trip.km_per_l === null ? ` (${text("approximately")})` : "";
    told.push(`${volume(trip.fuel_l, trip.fuel_plus_minus_l)}${partly}`);
  }
  const isFar = trip.distance_km >= ECONOMY_FROM_KM;
  if (trip.km_per_l !== null && isFar) told.push(economy(trip.km_per_l));
  if (trip.energy_kwh !== null) told.push(`${number(trip.energy_kwh, 2)} kWh`);
  if (trip.km_per_kwh !== null && isFar) told.push(economyOfCurrent(trip.km_per_kwh));
  if (trip.fuel_l === null && trip.energy_kwh === null) told.push(text("fuelUnknown"));
  return told.join(" · ");
}
