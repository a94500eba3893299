// Where names stand beside what they name, so that none covers another. Pure.
const HIGH = 16;
const GAP = 14; // from the middle of what is named
const MARK = 9;

/**
 * Return the labels that find room within a width and a height, the first ones first: of {name, x, y, width} (y: the
 * middle of what is named), each {name, x, y} with the middle of its base line. Above is tried first, then below, right
 * and left.
 */
export function placeLabels(wanted, { width: wide, height: high }) {
  const taken = wanted.map(({ x, y }) => box(x, y, 2 * MARK, 2 * MARK));
  const placed = [];
  for (const [index, { name, x, y, width }] of wanted.entries()) {
    const side = width / 2 + GAP;
    const places = [[x, y - GAP - HIGH / 2], [x, y + GAP + HIGH / 2], [x + side, y], [x - side, y]];
    const isFree = ([atX, atY]) => {
      const here = box(atX, atY, width, HIGH);
      if (here.left < 0 || here.right > wide || here.top < 0 || here.bottom > high) return false;
      return taken.every((other, number) => number === index || !meet(here, other));
    };
    const found = places.find(isFree) ?? (index === 0 ? places[0] : null);
    if (!found) continue;
    taken.push(box(...found, width, HIGH));
    placed.push({ name, x: found[0], y: found[1] + 5 });
  }
  return placed;
}

function box(x, y, width, height) {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

function meet(one, other) {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
