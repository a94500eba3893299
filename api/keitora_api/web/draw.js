// What the map shows: ground, tracks, trucks, scale.
import { placeLabels } from "./labels.js";
import { metresPerPixel, roundLength, toWorld } from "./projection.js";

export const STATE_COLOURS = {
  moving: "#1a7f37", idling: "#b45309", charging: "#7e3fb8", standing: "#1f5fa8", silent: "#5f6672",
};
const TRACK_COLOURS = ["#c2410c", "#7c3aed", "#0e7490", "#be185d", "#4d7c0f", "#a16207", "#1d4ed8", "#9f1239"];
const NAME_WIDE = 170; // pixels, at most
const LONGEST_SCALE_M = 1_000_000;
const FONT = "13px system-ui, sans-serif";

/** Return the colour of the tracks of the truck at a place of the list; grey for a truck no longer on it. */
export function trackColour(index) {
  return index < 0 ? "#5f6672" : TRACK_COLOURS[index % TRACK_COLOURS.length];
}

/** Draw a faint net of round kilometres, so that an empty ground still tells distances. */
export function drawGround(context, view) {
  context.fillStyle = "#f3f5f0";
  context.fillRect(0, 0, view.width, view.height);
  const step = roundLength(160 * metresPerPixel(view.y, view.size)) / metresPerPixel(view.y, view.size);
  context.strokeStyle = "#e3e7de";
  context.lineWidth = 1;
  context.beginPath();
  for (let x = (view.width / 2 - view.x * view.size) % step; x < view.width; x += step) {
    context.moveTo(x, 0);
    context.lineTo(x, view.height);
  }
  for (let y = (view.height / 2 - view.y * view.size) % step; y < view.height; y += step) {
    context.moveTo(0, y);
    context.lineTo(view.width, y);
  }
  context.stroke();
}

/** Draw a track: {points: [[lat, lon], …], colour, chosen}. */
export function drawTrack(context, view, track) {
  context.beginPath();
  for (const [lat, lon] of track.points) {
    const { x, y } = view.toScreen(toWorld(lat, lon));
    context.lineTo(x, y);
  }
  context.lineJoin = context.lineCap = "round";
  context.strokeStyle = "#ffffff";
  context.lineWidth = track.chosen ? 9 : 6;
  context.stroke();
  context.strokeStyle = track.colour;
  context.globalAlpha = track.faded ? 0.25 : 0.9;
  context.lineWidth = track.chosen ? 5 : 3;
  context.stroke();
  if (track.points.length > 1 && !track.faded) drawEnds(context, view, track);
  context.globalAlpha = 1;
}

/** Mark where a track begins (a ring) and where it ends (a disc). */
function drawEnds(context, view, { points, colour }) {
  for (const [[lat, lon], filling] of [[points[0], "#ffffff"], [points.at(-1), colour]]) {
    const { x, y } = view.toScreen(toWorld(lat, lon));
    context.beginPath();
    context.arc(x, y, 6, 0, 2 * Math.PI);
    context.fillStyle = filling;
    context.lineWidth = 3;
    context.fill();
    context.stroke();
  }
}

/** Draw a truck: {lat, lon, heading, state, name}. An arrow where it is heading, a disc where that is not known. */
export function drawTruck(context, view, truck) {
  const { x, y } = view.toScreen(toWorld(truck.lat, truck.lon));
  context.save();
  context.translate(x, y);
  context.fillStyle = STATE_COLOURS[truck.state];
  context.strokeStyle = "#ffffff";
  context.lineWidth = 2.5;
  context.beginPath();
  if (truck.heading !== null && truck.state === "moving") {
    context.rotate((truck.heading * Math.PI) / 180);
    for (const [px, py] of [[0, -14], [10, 11], [0, 6], [-10, 11]]) context.lineTo(px, py);
    context.closePath();
  } else {
    context.arc(0, 0, 8, 0, 2 * Math.PI);
  }
  context.stroke();
  context.fill();
  context.restore();
}

/** Draw the trucks' names, the first ones first; a name that would cover another is left out: the list has it. */
export function drawNames(context, view, trucks) {
  context.font = `600 ${FONT}`;
  context.textAlign = "center";
  context.lineJoin = "round";
  context.lineWidth = 4;
  const wanted = trucks.map((truck) => {
    const name = shortened(context, truck.name);
    return { name, ...view.toScreen(toWorld(truck.lat, truck.lon)), width: context.measureText(name).width };
  });
  for (const { name, x, y } of placeLabels(wanted, view)) {
    context.strokeStyle = "#ffffff";
    context.strokeText(name, x, y);
    context.fillStyle = "#1c2420";
    context.fillText(name, x, y);
  }
}

function shortened(context, name) {
  if (context.measureText(name).width <= NAME_WIDE) return name;
  const letters = [...name];
  while (letters.length > 1 && context.measureText(`${letters.join("")}…`).width > NAME_WIDE) letters.pop();
  return `${letters.join("").trim()}…`;
}

/** Draw the scale bar; none where a continent fits beside it. */
export function drawScale(context, view) {
  const metres = metresPerPixel(view.y, view.size);
  const length = roundLength(120 * metres);
  if (length > LONGEST_SCALE_M) return;
  const [left, base, wide] = [14, view.height - 16, length / metres];
  context.fillStyle = "rgb(255 255 255 / 80%)";
  context.fillRect(left - 6, base - 22, wide + 12, 30);
  context.strokeStyle = context.fillStyle = "#1c2420";
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(left, base - 5);
  context.lineTo(left, base);
  context.lineTo(left + wide, base);
  context.lineTo(left + wide, base - 5);
  context.stroke();
  context.font = FONT;
  context.textAlign = "left";
  context.fillText(length >= 1000 ? `${length / 1000} km` : `${length} m`, left + 5, base - 7);
}
