// Which part of the world the canvas shows, and how fingers, mouse and keys move it.
import { toWorld } from "./projection.js";

const SMALLEST = 64;
const LARGEST = 256 * 2 ** 20;
const CLOSEST_FIT = 256 * 2 ** 16;
const MARGIN = { side: 56, top: 84, bottom: 48 };

export class View {
  constructor() {
    Object.assign(this, { x: 0.5, y: 0.4, size: SMALLEST, width: 1, height: 1 });
  }

  /** Return where a place of the world is on the canvas. */
  toScreen({ x, y }) {
    return { x: (x - this.x) * this.size + this.width / 2, y: (y - this.y) * this.size + this.height / 2 };
  }

  /** Move by pixels. */
  pan(dx, dy) {
    this.x -= dx / this.size;
    this.y -= dy / this.size;
  }

  /** Zoom by a factor; the point under (px, py) stays where it is. */
  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const size = Math.max(SMALLEST, Math.min(LARGEST, this.size * factor));
    const [dx, dy] = [px - this.width / 2, py - this.height / 2];
    this.x += dx / this.size - dx / size;
    this.y += dy / this.size - dy / size;
    this.size = size;
  }

  /** Show all of these positions ([lat, lon]); nothing changes if there are none. */
  fit(positions) {
    if (positions.length === 0) return;
    const box = { left: 1, right: 0, top: 1, bottom: 0 };
    for (const [lat, lon] of positions) {
      const { x, y } = toWorld(lat, lon);
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y);
    }
    const wide = Math.max(1, this.width - 2 * MARGIN.side) / Math.max(1e-12, box.right - box.left);
    const high = Math.max(1, this.height - MARGIN.top - MARGIN.bottom) / Math.max(1e-12, box.bottom - box.top);
    this.size = Math.max(SMALLEST, Math.min(CLOSEST_FIT, wide, high));
    this.x = (box.left + box.right) / 2;
    this.y = (box.top + box.bottom) / 2 - (MARGIN.top - MARGIN.bottom) / 2 / this.size;
  }
}

/** Let a canvas's pointers, wheel and keys move the view; `moved` is told, `all` is asked to show everything. */
export function control(canvas, view, { moved, all }) {
  const pointers = new Map();
  const place = (event) => ({ x: event.offsetX, y: event.offsetY });

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    const was = pointers.get(event.pointerId);
    if (!was) return;
    const is = place(event);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const factor = distance(is, other) / Math.max(1, distance(was, other));
      view.pan((is.x - was.x) / 2, (is.y - was.y) / 2);
      view.zoom(factor, (is.x + other.x) / 2, (is.y + other.y) / 2);
    } else {
      view.pan(is.x - was.x, is.y - was.y);
    }
    pointers.set(event.pointerId, is);
    moved();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (event) => pointers.delete(event.pointerId));
  }
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    view.zoom(2 ** (-event.deltaY / (event.deltaMode === 1 ? 8 : 240)), event.offsetX, event.offsetY);
    moved();
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = 60;
    const keys = {
      ArrowLeft: () => view.pan(step, 0), ArrowRight: () => view.pan(-step, 0),
      ArrowUp: () => view.pan(0, step), ArrowDown: () => view.pan(0, -step),
      "+": () => view.zoom(1.5), "=": () => view.zoom(1.5), "-": () => view.zoom(1 / 1.5),
    };
    if (event.key === "0") all();
    else if (keys[event.key]) {
      keys[event.key]();
      moved();
    } else return;
    event.preventDefault();
  });
}

function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
