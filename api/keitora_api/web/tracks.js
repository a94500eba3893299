// The tracks of trips, fetched once each; a trip under way is fetched again as it grows.
import { get } from "./client.js";

const AT_ONCE = 4;
const MOST = 60;

export class Tracks {
  constructor() {
    this.kept = new Map(); // trip id → {endedAt, points}
  }

  /** Fetch what is missing of these trips' tracks, the first ones first; `arrived` is called after each. */
  async follow(trips, arrived) {
    const wanted = trips.slice(0, MOST);
    const ids = new Set(wanted.map((trip) => trip.id));
    for (const id of this.kept.keys()) if (!ids.has(id)) this.kept.delete(id);
    const missing = wanted.filter((trip) => this.kept.get(trip.id)?.endedAt !== trip.ended_at);
    const work = async () => {
      for (let trip = missing.shift(); trip; trip = missing.shift()) {
        const { points } = await get(`/v1/trips/${trip.id}/track`, { max_points: 400 });
        this.kept.set(trip.id, { endedAt: trip.ended_at, points: points.map(({ lat, lon }) => [lat, lon]) });
        arrived();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  /** Return a trip's points ([lat, lon]), none if they are not there yet. */
  of(tripId) {
    return this.kept.get(tripId)?.points ?? [];
  }
}
