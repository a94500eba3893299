// Web Mercator: degrees to a world that is 1 wide and 1 high, north up. Pure.
const EARTH_M = 40075016.686;

/** Return the place of a position in the world. */
export function toWorld(lat, lon) {
  const phi = (Math.max(-85, Math.min(85, lat)) * Math.PI) / 180;
  return { x: (lon + 180) / 360, y: (1 - Math.asinh(Math.tan(phi)) / Math.PI) / 2 };
}

/** Return the latitude at a height of the world. */
export function latitude(y) {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
}

/** Return how many metres a pixel is where the view is, if the world is `size` pixels wide. */
export function metresPerPixel(y, size) {
  return (EARTH_M * Math.cos((latitude(y) * Math.PI) / 180)) / size;
}

/** Return the largest round length (1, 2 or 5 × 10ⁿ) that is not above a limit. */
export function roundLength(limit) {
  const power = 10 ** Math.floor(Math.log10(limit));
  return [5, 2, 1].map((step) => step * power).find((length) => length <= limit);
}
