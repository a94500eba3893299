// Map tiles as a picture under everything. They are loaded only while somebody has them switched on.
const TILE = 256;
const KEPT = 300;

export class Tiles {
  /** `template` is an address with {z}, {x} and {y}; `arrived` is called when a tile can be drawn. */
  constructor(template, arrived) {
    this.template = template;
    this.arrived = arrived;
    this.images = new Map();
  }

  /** Draw the tiles of the view. */
  draw(context, view) {
    const zoom = Math.max(0, Math.min(19, Math.round(Math.log2(view.size / TILE))));
    const count = 2 ** zoom;
    const side = view.size / count;
    const left = view.x * view.size - view.width / 2;
    const top = view.y * view.size - view.height / 2;
    for (let row = Math.max(0, Math.floor(top / side)); row < count && row * side < top + view.height; row++) {
      for (let column = Math.floor(left / side); column * side < left + view.width; column++) {
        const image = this.image(zoom, ((column % count) + count) % count, row);
        if (!image.complete || image.naturalWidth === 0) continue;
        context.drawImage(image, column * side - left, row * side - top, side + 0.5, side + 0.5);
      }
    }
  }

  image(z, x, y) {
    const address = this.template.replace("{z}", z).replace("{x}", x).replace("{y}", y);
    let image = this.images.get(address);
    if (!image) {
      image = new Image();
      image.addEventListener("load", this.arrived);
      image.referrerPolicy = "origin"; // tile servers want to know who asks
      image.src = address;
      this.images.set(address, image);
      if (this.images.size > KEPT) this.images.delete(this.images.keys().next().value);
    }
    return image;
  }
}
