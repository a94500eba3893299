// The map: holds what is to be seen, draws it when something changed.
import { drawGround, drawNames, drawScale, drawTrack, drawTruck } from "./draw.js";
import { Tiles } from "./tiles.js";
import { control, View } from "./view.js";

export class TruckMap {
  constructor(canvas) {
    this.canvas = canvas;
    this.view = new View();
    this.tracks = [];
    this.trucks = [];
    this.tiles = null;
    this.follows = true; // until somebody moves the map
    this.due = false;
    const moved = () => {
      this.follows = false;
      this.redraw();
    };
    control(canvas, this.view, { moved, all: () => this.fitAll() });
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  /** Show these tracks and trucks; while nobody has moved the map, all of them stay in sight. */
  show(tracks, trucks) {
    this.tracks = tracks;
    this.trucks = trucks;
    if (this.follows) this.fitAll();
    this.redraw();
  }

  /** Show everything there is, from now on. */
  fitAll() {
    this.follows = true;
    this.view.fit([...this.tracks.flatMap((track) => track.points), ...this.trucks.map((t) => [t.lat, t.lon])]);
    this.redraw();
  }

  /** Show these positions. */
  fit(positions) {
    this.follows = false;
    this.view.fit(positions);
    this.redraw();
  }

  /** Zoom about the middle. */
  zoom(factor) {
    this.follows = false;
    this.view.zoom(factor);
    this.redraw();
  }

  /** Use map tiles, or none. */
  useTiles(template) {
    this.tiles = template ? new Tiles(template, () => this.redraw()) : null;
    this.redraw();
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    const density = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(clientWidth * density);
    this.canvas.height = Math.round(clientHeight * density);
    this.view.width = clientWidth;
    this.view.height = clientHeight;
    if (this.follows) this.fitAll();
    this.draw(); // at once: a canvas is empty after its size has changed
  }

  redraw() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      this.draw();
    });
  }

  draw() {
    const context = this.canvas.getContext("2d");
    const density = window.devicePixelRatio || 1;
    context.setTransform(density, 0, 0, density, 0, 0);
    drawGround(context, this.view);
    this.tiles?.draw(context, this.view);
    const chosenLast = [...this.tracks].sort((a, b) => Number(a.chosen) - Number(b.chosen));
    for (const track of chosenLast) drawTrack(context, this.view, track);
    const weight = (truck) => 2 * Number(truck.chosen) + Number(truck.state === "moving");
    const chosenFirst = [...this.trucks].sort((a, b) => weight(b) - weight(a));
    for (const truck of [...chosenFirst].reverse()) drawTruck(context, this.view, truck);
    drawNames(context, this.view, chosenFirst);
    drawScale(context, this.view);
  }
}
