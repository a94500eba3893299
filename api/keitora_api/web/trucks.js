// The settings' list of trucks: what is known of one is changed, it is put away and taken back.
import { get, send, Trouble } from "./client.js";
import { button, element, fill, onSubmit } from "./form.js";
import { text } from "./texts.js";

let changed = async () => {};
let chosen = null; // the truck in the form, as it was when it was opened

/** Fill the list: trucks in service by name, then those put away. */
export async function showTrucks() {
  const lists = await Promise.all([get("/v1/vehicles"), get("/v1/vehicles", { archived: true })]);
  fill("truck-list", lists.flatMap(({ items }) => items.map(row)), text("noTrucks"));
  if (chosen) showTitle();
}

/** Let the form send what is typed; `whenChanged` shows the page anew. */
export function wireTrucks(whenChanged) {
  changed = whenChanged;
  onSubmit(element("truck-form"), save);
  element("truck-cancel").addEventListener("click", close);
  element("truck-form").addEventListener("keydown", (event) => event.key === "Escape" && close());
}

function row(truck) {
  const isAway = truck.archived_at !== null;
  const kind = [truck.maker, truck.model, truck.chassis_code].filter(Boolean).join(" ");
  const more = [isAway && text("away"), truck.plate, kind, text(truck.energy)].filter(Boolean).join(" · ");
  const change = button("changeTruck", () => open(truck), truck.name);
  change.id = `change-${truck.id}`;
  const put = async () => {
    await send("PATCH", `/v1/vehicles/${truck.id}`, { archived: !isAway });
    if (chosen?.id === truck.id) hide();
    await changed();
    element(`change-${truck.id}`)?.focus();
  };
  return [truck.name, more, change, isAway ? button("takeBack", put, truck.name) : button("putAway", put, truck.name)];
}

const fields = () => [...element("truck-form").elements].filter((field) => field.name);
const asShown = (value) => (value === null ? "" : String(value));

function open(truck) {
  chosen = truck;
  for (const field of fields()) field.value = asShown(truck[field.name]);
  showTitle();
  element("truck-form").hidden = false;
  element("truck-form").scrollIntoView({ block: "start" });
  element("truck-name").focus({ preventScroll: true });
}

function showTitle() {
  element("truck-form-title").textContent = text("changeOf", { name: chosen.name });
}

function hide() {
  chosen = null;
  element("truck-form").hidden = true;
}

function close() {
  const { id } = chosen;
  hide();
  element(`change-${id}`)?.focus();
}

/** Return what was changed, null where a value was taken away: what somebody else has changed meanwhile stays. */
function said() {
  const typed = fields().filter((field) => field.value.trim() !== asShown(chosen[field.name]));
  return Object.fromEntries(typed.map((field) => [field.name, valueOf(field)]));
}

function valueOf(field) {
  const value = field.value.trim();
  if (value === "") return null;
  if (field.type === "number") return Number(value);
  return field.name === "has_fuel_cut" ? value === "true" : value;
}

async function save() {
  await send("PATCH", `/v1/vehicles/${chosen.id}`, said()).catch((trouble) => {
    // The one thing about a truck that others can stand in the way of.
    throw trouble.status === 409 ? new Trouble(409, trouble.message, { name: trouble.message }) : trouble;
  });
  const { id } = chosen;
  hide();
  await changed();
  element(`change-${id}`)?.focus();
}
