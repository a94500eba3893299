// Numbers and times as people read them. What is not known is a dash, never a zero.
import { currentLanguage, text } from "./texts.js";

/** Return a number with that many decimals, "–" for null. */
export function number(value, decimals) {
  if (value === null) return "–";
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return value.toLocaleString(currentLanguage(), options);
}

const KM_PER_MILE = 1.609344;
const L_PER_GALLON = 3.785411784; // of the United States
let isUs = false;
let isPer100 = false;

/** Show distances, litres and economy in these units from now on: "km-per-l", "l-per-100km" or "us". */
export function useUnits(units) {
  isUs = units === "us";
  isPer100 = units === "l-per-100km";
}

/** Return a speed with its unit. */
export function speed(kmh) {
  return isUs ? `${number(kmh / KM_PER_MILE, 0)} mph` : `${number(kmh, 0)} km/h`;
}

/** Return a distance with its unit. */
export function distance(km) {
  return isUs ? `${number(km / KM_PER_MILE, 1)} mi` : `${number(km, 1)} km`;
}

/** Return a volume and its plus-minus with their unit. */
export function volume(litres, plusMinus) {
  const [factor, unit] = isUs ? [1 / L_PER_GALLON, "gal"] : [1, "L"];
  return `${number(litres * factor, 2)} ${unit} ±${number(plusMinus * factor, 2)}`;
}

/** Return an economy with its unit. */
export function economy(kmPerL) {
  if (isPer100) return `${number(100 / kmPerL, 1)} L/100 km`;
  return isUs ? `${number((kmPerL / KM_PER_MILE) * L_PER_GALLON, 1)} mpg` : `${number(kmPerL, 1)} km/L`;
}

/** Return an electric truck's economy with its unit. */
export function economyOfCurrent(kmPerKwh) {
  return isUs ? `${number(kmPerKwh / KM_PER_MILE, 1)} mi/kWh` : `${number(kmPerKwh, 1)} km/kWh`;
}

/** Return hours and minutes in a time zone. */
export function clock(instant, zone) {
  const options = { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(currentLanguage(), options).format(new Date(instant));
}

/** Return how long ago an instant was, in words. */
export function age(instant, now) {
  const seconds = Math.max(0, Math.round((now - new Date(instant)) / 1000));
  if (seconds < 3) return text("now");
  return text("ago", { age: span(seconds) });
}

function span(seconds) {
  if (seconds < 90) return text("seconds", { n: seconds });
  if (seconds < 5400) return text("minutes", { n: Math.round(seconds / 60) });
  if (seconds < 129600) return text("hours", { n: Math.round(seconds / 3600) });
  return text("days", { n: Math.round(seconds / 86400) });
}

/** Return the local date (YYYY-MM-DD) of an instant in a time zone. */
export function dayOf(zone, instant) {
  const { year, month, day } = parts(zone, new Date(instant));
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}

/** Return the date so many days later. */
export function daysLater(day, count) {
  const moved = new Date(`${day}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + count);
  return moved.toISOString().slice(0, 10);
}

/** Return a date as people write it. */
export function dayInWords(day) {
  const options = { timeZone: "UTC", dateStyle: "medium" };
  return new Intl.DateTimeFormat(currentLanguage(), options).format(new Date(`${day}T00:00:00Z`));
}

/** Return the instant at which a date begins in a time zone. */
export function startOfDay(zone, day) {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // The zone's offset at midnight, found in two steps: it may change during the day.
  const first = midnight - offset(zone, new Date(midnight));
  return new Date(midnight - offset(zone, new Date(first)));
}

function offset(zone, instant) {
  const { year, month, day, hour, minute, second } = parts(zone, instant);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}

function parts(zone, instant) {
  const options = {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric",
  };
  const found = new Intl.DateTimeFormat("en-US", options).formatToParts(instant);
  return Object.fromEntries(found.map((part) => [part.type, Number(part.value)]));
}
