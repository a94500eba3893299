// Adding a truck, and letting its phone or logger in with a QR code.
import { get, newKey, send } from "./client.js";
import { button, element, fill, made, onSubmit, speak, tell, valuesOf, whoIsHere } from "./form.js";
import { text } from "./texts.js";

// Sources whose devices bring a name of their own, which has to be said.
const NAMED = new Set(["wican", "ovms", "obd2mqtt", "teltonika", "traccar"]);
// Pressed again, the same request is given the same answer: it must not make another device.
const keys = new Map();
let trucks = [];
let truck = null;

function showTrucks() {
  const chosen = element("truck").value;
  const options = trucks.map((one) => new Option(one.name, one.id));
  element("truck").replaceChildren(new Option(text("aNewTruck"), ""), ...options);
  element("truck").value = chosen;
}

function showTruckForm() {
  const isNew = element("truck").value === "";
  element("new-truck").hidden = !isNew;
  element("name").required = isNew;
}

function showKeyPart() {
  const isNamed = NAMED.has(element("source").value);
  element("key-part").hidden = !isNamed;
  element("device-key").required = isNamed;
}

async function chooseTruck() {
  const known = trucks.find((one) => String(one.id) === element("truck").value);
  truck = known ?? (await send("POST", "/v1/vehicles", valuesOf(element("truck-form"))));
  if (!known) {
    trucks.push(truck);
    showTrucks();
    element("truck").value = truck.id;
    showTruckForm();
  }
  const kind = [truck.maker, truck.model, truck.chassis_code].filter(Boolean).join(" ");
  element("truck-made").textContent = [truck.name, kind].filter(Boolean).join(" · ");
  element("truck-made").hidden = false;
  element("device-section").hidden = false;
  element("handover").hidden = true;
  await showDevices();
  element("source").focus();
}

/** Offer the devices there are: who has lost the code needs a new password, not another device. */
async function showDevices() {
  const here = (await get("/v1/devices", { limit: 1000 })).items.filter((one) => one.vehicle?.id === truck.id);
  element("known-devices").hidden = here.length === 0;
  fill("devices", here.map((one) => {
    const renew = async () => {
      if (!confirm(text("reallyRenew", { name: one.device_key }))) return;
      const told = await send("POST", `/v1/devices/${one.id}/renew`);
      keys.clear(); // the answers they stand for hold passwords that are cut
      handOver(told);
    };
    const source = [...element("source").options].find((option) => option.value === one.source);
    return [one.device_key, source?.textContent ?? one.source, button("renewDevice", renew, one.device_key)];
  }), "");
}

async function letIn() {
  const { source, device_key } = valuesOf(element("device-form"));
  const said = { source, ...(NAMED.has(source) ? { device_key } : {}) };
  const path = `/v1/vehicles/${truck.id}/devices`;
  const what = JSON.stringify([path, said]);
  if (!keys.has(what)) keys.set(what, newKey());
  const told = await send("POST", path, said, keys.get(what));
  await showDevices();
  handOver(told);
}

function handOver(told) {
  element("scan").hidden = told.link === null;
  if (told.link) {
    element("code").src = told.qr_svg;
    element("code").alt = text("qrCode");
    element("open-app").href = told.link;
  }
  element("values").replaceChildren(
    ...told.settings.flatMap(({ name, value }) => [made("dt", "", name), made("dd", "", made("code", "", value))]));
  element("remark").textContent = told.link ? "" : told.remark ?? ""; // a link is explained above, in both languages
  element("guess").hidden = !told.host_is_guess;
  element("only-here").hidden = !told.is_only_here;
  element("plain").hidden = told.is_encrypted;
  element("handover").hidden = false;
  element("handover-title").focus({ preventScroll: true });
  element("handover").scrollIntoView({ block: "start" });
}

async function start() {
  onSubmit(element("truck-form"), chooseTruck);
  onSubmit(element("device-form"), letIn);
  element("truck").addEventListener("change", showTruckForm);
  element("source").addEventListener("change", showKeyPart);
  const me = await whoIsHere({ managersOnly: true });
  element("fleet").textContent = me.fleet.name;
  trucks = (await get("/v1/vehicles")).items;
  showTrucks();
  showTruckForm();
  showKeyPart();
  element("page").hidden = false;
}

speak(() => {
  showTrucks();
  if (truck) showDevices().catch(tell);
});
start().catch(tell);
