// The board: fetches, and shows trucks, trips and map.
import { get } from "./client.js";
import { trackColour } from "./draw.js";
import { dayInWords, dayOf, daysLater, startOfDay, useUnits } from "./format.js";
import { showTrips, showTrucks } from "./lists.js";
import { TruckMap } from "./map.js";
import { currentLanguage, text } from "./texts.js";
import { Tracks } from "./tracks.js";

const POSITIONS_EVERY_MS = 5000;
const TRIPS_EVERY_MS = 30000;
const TRIPS_AT_MOST = 200;

export class Board {
  /** `troubled` hears what went wrong, and null when all is well again. */
  constructor(troubled) {
    this.troubled = troubled;
    this.map = new TruckMap(element("map"));
    this.tracks = new Tracks();
    this.timers = [];
    this.clear();
    element("nearer").addEventListener("click", () => this.map.zoom(1.5));
    element("farther").addEventListener("click", () => this.map.zoom(1 / 1.5));
    element("fit").addEventListener("click", () => this.choose(null));
    element("earlier").addEventListener("click", () => this.turnTo(daysLater(this.dayShown(), -1)));
    element("later").addEventListener("click", () => this.turnTo(daysLater(this.dayShown(), 1)));
    element("today").addEventListener("click", () => this.turnTo(null));
    element("day").addEventListener("change", () => this.turnTo(element("day").value || null));
    element("last-trip").addEventListener("click", () => this.turnTo(this.lastDay));
    document.addEventListener("visibilitychange", () => this.fleet && (document.hidden ? this.rest() : this.wake()));
  }

  clear() {
    Object.assign(this, { fleet: null, vehicles: [], latest: new Map(), trips: [], more: false, chosen: null });
    Object.assign(this, { day: null, lastDay: null });
  }

  /** Open the board for a fleet, at a date (null: today, and on to tomorrow at midnight). */
  open(fleet, day) {
    this.fleet = fleet;
    useUnits(fleet.units);
    this.day = day;
    element("fleet").textContent = fleet.name;
    this.wake();
  }

  /** Close it: nothing is fetched, nothing kept. */
  close() {
    this.rest();
    this.clear();
    this.tracks = new Tracks();
    this.map.show([], []);
    for (const id of ["fleet", "trucks", "trips", "trucks-count", "trips-count", "zone"]) element(id).replaceChildren();
  }

  rest() {
    this.timers.forEach(clearTimeout);
    this.timers = [];
  }

  wake() {
    this.rest();
    this.repeat(0, POSITIONS_EVERY_MS, () => this.fetchPositions());
    this.repeat(1, TRIPS_EVERY_MS, () => this.fetchTrips());
  }

  /** Do something now and again and again; a failure is told, and tried again. */
  async repeat(number, everyMs, action) {
    const fleet = this.fleet;
    try {
      await action();
      if (fleet === this.fleet) this.troubled(null, number);
    } catch (trouble) {
      if (fleet === this.fleet) this.troubled(trouble, number);
    }
    const goesOn = fleet && fleet === this.fleet && !document.hidden;
    if (goesOn) this.timers[number] = setTimeout(() => this.repeat(number, everyMs, action), everyMs);
  }

  async fetchPositions() {
    const fleet = this.fleet;
    const { items } = await get("/v1/positions/latest");
    if (fleet !== this.fleet) return;
    this.latest = new Map(items.map((item) => [item.vehicle.id, item]));
    this.show();
  }

  dayShown() {
    return this.day ?? dayOf(this.fleet.time_zone, new Date());
  }

  /** Show another date's trips (null: today's). */
  turnTo(day) {
    this.day = day === dayOf(this.fleet.time_zone, new Date()) ? null : day;
    Object.assign(this, { trips: [], more: false, chosen: null, lastDay: null });
    history.replaceState(null, "", this.day ? `#day=${this.day}` : location.pathname);
    this.show();
    this.map.fitAll();
    this.wake();
  }

  async fetchTrips() {
    const { fleet, day } = this;
    const zone = fleet.time_zone;
    const from = startOfDay(zone, this.dayShown()).toISOString();
    const to = startOfDay(zone, daysLater(this.dayShown(), 1)).toISOString();
    const asked = [get("/v1/vehicles"), get("/v1/trips", { from, to, limit: TRIPS_AT_MOST, order: "desc" })];
    const [vehicles, answer] = await Promise.all(asked);
    const last = answer.items.length ? null : await get("/v1/trips", { limit: 1, order: "desc" });
    if (fleet !== this.fleet || day !== this.day) return;
    this.lastDay = last?.items.length ? dayOf(zone, last.items[0].started_at) : null;
    const byName = new Intl.Collator(currentLanguage(), { numeric: true }); // 2 before 10
    this.vehicles = vehicles.items.sort((one, other) => byName.compare(one.name, other.name));
    this.trips = answer.items;
    this.more = answer.next_cursor !== null;
    this.show();
    await this.tracks.follow(this.trips, () => this.showMap());
  }

  /** Show a truck or a trip ({truck: id} or {trip: id}), or with null everything. */
  choose(chosen) {
    const again = chosen && this.chosen?.truck === chosen.truck && this.chosen?.trip === chosen.trip;
    this.chosen = again ? null : chosen;
    this.show();
    if (this.chosen) element("map").scrollIntoView({ block: "nearest" });
    const positions = this.positionsOf(this.chosen);
    if (positions.length) this.map.fit(positions);
    else this.map.fitAll();
  }

  positionsOf(chosen) {
    if (chosen?.trip) return this.tracks.of(chosen.trip);
    const latest = chosen?.truck ? this.latest.get(chosen.truck) : null;
    return latest?.lat == null ? [] : [[latest.lat, latest.lon]];
  }

  /** Show everything as it is known now. */
  show() {
    if (!this.fleet) return;
    const zone = this.fleet.time_zone;
    const trucks = this.vehicles.map((vehicle) => ({ vehicle, latest: this.latest.get(vehicle.id) ?? null }));
    const [truck, trip] = [this.chosen?.truck, this.chosen?.trip];
    const colourOf = (id) => this.colourOf(id);
    const [chooseTruck, chooseTrip] = [(id) => this.choose({ truck: id }), (id) => this.choose({ trip: id })];
    const mayAdd = this.fleet.role === "manager";
    showTrucks(element("trucks"), trucks, new Date(), { chosen: truck, choose: chooseTruck, colourOf, mayAdd });
    const emptyText = this.day ? text("noTripsThen") : text("noTrips");
    showTrips(element("trips"), this.trips, zone, { chosen: trip, choose: chooseTrip, colourOf, emptyText });
    this.showDay();
    const out = trucks.filter((one) => one.latest?.state === "moving").length;
    element("trucks-count").textContent = out ? text("trucksOut", { count: trucks.length, out }) : trucks.length || "";
    const count = this.trips.length;
    element("trips-count").textContent = this.more ? text("moreTrips", { count }) : count || "";
    element("zone").textContent = text("times", { zone });
    this.showMap();
  }

  showDay() {
    const shown = this.day ? dayInWords(this.day) : null;
    element("day-name").textContent = shown ? text("tripsOf", { day: shown }) : text("tripsToday");
    element("day").value = this.dayShown();
    element("later").disabled = element("today").disabled = this.day === null;
    element("last-trip").hidden = this.lastDay === null || this.lastDay === this.day;
    if (this.lastDay) element("last-trip").textContent = text("lastTrip", { day: dayInWords(this.lastDay) });
  }

  /** Draw the day's tracks, and on the present day the trucks where they are now. */
  showMap() {
    const tracks = this.trips.map((trip) => this.track(trip)).filter((track) => track.points.length > 0);
    const known = this.day ? [] : [...this.latest.values()].filter((latest) => latest.lat !== null);
    const trucks = known.map((latest) => ({
      lat: latest.lat, lon: latest.lon, heading: latest.heading_deg, state: latest.state, name: latest.vehicle.name,
      chosen: this.chosen?.truck === latest.vehicle.id,
    }));
    element("nowhere").hidden = trucks.length + tracks.length > 0;
    this.map.show(tracks, trucks);
  }

  colourOf(vehicleId) {
    return trackColour(this.vehicles.findIndex((vehicle) => vehicle.id === vehicleId));
  }

  track(trip) {
    const points = [...this.tracks.of(trip.id)];
    const latest = this.latest.get(trip.vehicle.id);
    const goesOn = trip.in_progress && points.length && latest?.lat != null && latest.position_at > trip.ended_at;
    if (goesOn) points.push([latest.lat, latest.lon]);
    const chosen = this.chosen?.trip === trip.id || this.chosen?.truck === trip.vehicle.id;
    return { points, colour: this.colourOf(trip.vehicle.id), chosen, faded: this.chosen !== null && !chosen };
  }
}

function element(id) {
  return document.getElementById(id);
}
