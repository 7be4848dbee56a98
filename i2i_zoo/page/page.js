// The page: what is drawn goes to every model of the direction, and the newest answers stand beside it.

import * as engine from "./engine.js";
import { Panel } from "./panel.js";
import { picture, Sheet } from "./sheet.js";

const QUIET = 300; // milliseconds without a change, after which styles are shown too
const part = (name) => document.getElementById(name);
const say = (message) => { part("status").textContent = message; };
const sheet = new Sheet(part("sheet"), part("cursor"), changed, say);
let panels = [];
let newest = 0; // changes so far
let isBusy = false;
let timer = 0;

function changed() {
  newest += 1;
  part("undo").disabled = !sheet.canUndo;
  clearTimeout(timer);
  timer = setTimeout(showStyles, QUIET);
  if (!isBusy) answer();
}

/** Translate what is on the sheet until there is nothing newer. */
async function answer() {
  part("panels").ariaBusy = isBusy = true;
  let seen;
  do {
    await new Promise(requestAnimationFrame); // Strokes of the same moment are answered at once.
    seen = newest;
    const start = performance.now();
    try {
      await Promise.all(panels.map((panel) => panel.answer(sheet.image)));
      say(`Answered in ${Math.round(performance.now() - start)} ms.`);
    } catch (error) {
      say(error.message);
    }
  } while (seen !== newest);
  part("panels").ariaBusy = isBusy = false;
}

async function showStyles() {
  const seen = newest;
  try {
    for (const panel of panels) await panel.sample(sheet.image, () => seen !== newest);
  } catch (error) {
    say(error.message);
  }
}

async function open(file) {
  if (!file) return;
  try {
    sheet.open(await picture(file));
  } catch (error) {
    say(error.message);
  }
}

function choose(models, { from, to }) {
  const able = models.filter((model) => model.directions.some((one) => one.from === from && one.to === to));
  sheet.fit(able[0].size, able[0].preparation !== null);
  part("sheet").setAttribute("aria-label", `Drawing area, for ${from}`);
  panels = able.map((model) => new Panel(engine, model, { from, to }, { chosen: changed, say }));
  part("panels").replaceChildren(...panels.map((panel) => panel.element));
  changed();
}

function offer(models) {
  const directions = new Map(models.flatMap((model) => model.directions).map((one) => [`${one.from} → ${one.to}`, one]));
  part("direction").replaceChildren(...[...directions.keys()].map((name) => new Option(name)));
  part("direction").disabled = false;
  part("direction").addEventListener("change", (event) => choose(models, directions.get(event.target.value)));
  choose(models, directions.values().next().value);
}

for (const input of document.getElementsByName("tool")) {
  input.addEventListener("change", () => { sheet.tool.erases = input.value === "eraser" && input.checked; });
}
part("color").addEventListener("input", (event) => { sheet.tool.color = event.target.value; });
part("width").addEventListener("input", (event) => { sheet.tool.width = Number(event.target.value); });
part("undo").addEventListener("click", () => sheet.undo());
part("clear").addEventListener("click", () => sheet.clear());
part("file").addEventListener("change", async ({ target }) => {
  await open(target.files[0]);
  target.value = "";
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.target.type === "text") return;
  event.preventDefault();
  sheet.undo();
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  open(event.dataTransfer.files[0]);
});
document.addEventListener("paste", (event) => open(event.clipboardData.files[0]));

say("The models are being loaded.");
engine.models().then(offer).catch((error) => say(error.message));
