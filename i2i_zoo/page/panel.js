// What the page shows of one model: its answer, and for a model with styles a choice of them.

import { picture, pixels } from "./sheet.js";
import { between, fromId, randomStyle, rounded, toId } from "./styles.js";

const SAMPLES = 8;
const REACH = 3; // of a number of a style, to both sides

export class Panel {
  #engine; #model; #direction; #chosen; #say; #parts; #samples = []; #seed = 0; #style = null; #ends = null;

  /** `chosen()` is called when another style is, `say(message)` tells the user what went wrong. */
  constructor(engine, model, direction, { chosen, say }) {
    this.element = document.getElementById("panel").content.cloneNode(true).firstElementChild;
    [this.#engine, this.#model, this.#direction, this.#chosen, this.#say] = [engine, model, direction, chosen, say];
    this.#parts = (name) => this.element.querySelector(name);
    this.#parts("h3").textContent = model.title;
    this.element.setAttribute("aria-label", model.title); // Its buttons are called as those of others.
    this.#parts("canvas").setAttribute("aria-label", `The answer of ${model.title}, as ${direction.to}`);
    this.#parts(".about").hidden = !model.text;
    this.#parts(".about p").textContent = model.text;
    this.#parts(".download").addEventListener("click", () => this.#download());
    this.#parts(".download").setAttribute("aria-label", `Download the answer of ${model.title}`);
    if (model.style) this.#offerStyles(model.style);
  }

  /** Translate ImageData and show the answer. */
  async answer(image) {
    const { name } = this.#model;
    show(this.#parts(".answer"), await this.#engine.translate(name, this.#direction, image, this.#style));
  }

  /** Show ImageData in the styles to choose from; `isOld()` ends it. */
  async sample(image, isOld) {
    for (const { canvas, style } of this.#samples) {
      if (isOld()) return;
      show(canvas, await this.#engine.translate(this.#model.name, this.#direction, image, style));
    }
  }

  #offerStyles(count) {
    this.#parts(".styles").hidden = false;
    for (let place = 0; place < SAMPLES; place++) {
      const button = document.createElement("button");
      button.type = "button";
      const canvas = button.appendChild(Object.assign(document.createElement("canvas"), { width: 64, height: 64 }));
      const sample = { button, canvas, style: null };
      button.addEventListener("click", () => this.#choose(sample.style));
      this.#parts(".samples").append(button);
      this.#samples.push(sample);
    }
    for (let place = 0; place < count; place++) this.#parts(".numbers").append(this.#slider(place));
    this.#parts(".more").addEventListener("click", () => this.#draw(this.#seed + SAMPLES));
    this.#parts(".name").addEventListener("change", (event) => this.#named(event.target.value.trim()));
    this.#parts(".like").addEventListener("change", (event) => this.#like(event.target));
    this.#parts(".between").addEventListener("input", (event) => {
      this.#take(rounded(between(...this.#ends, event.target.value / 100)));
    });
    this.#style = randomStyle(count, 1);
    this.#draw(0);
    this.#choose(this.#samples[0].style);
  }

  #slider(place) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "range", min: -REACH, max: REACH, step: 0.05 });
    input.addEventListener("input", () => {
      const style = this.#style.slice();
      style[place] = Number(input.value);
      this.#choose(rounded(style));
    });
    label.append(`${place + 1}`, input);
    return label;
  }

  #draw(seed) {
    this.#seed = seed;
    this.#samples.forEach((sample, place) => {
      sample.style = randomStyle(this.#model.style, seed + place);
      sample.button.setAttribute("aria-label", `Style ${toId(sample.style)}`);
    });
    this.#take(this.#style);
  }

  /** Take a style as the end of a way from the last one. */
  #choose(style) {
    this.#ends = [this.#style, style];
    this.#parts(".between").value = 100;
    this.#take(style);
  }

  #take(style) {
    this.#style = style;
    const name = toId(style);
    this.#parts(".name").value = name;
    for (const { button, style: other } of this.#samples) button.setAttribute("aria-pressed", toId(other) === name);
    this.element.querySelectorAll(".numbers input").forEach((input, place) => { input.value = style[place]; });
    this.#chosen();
  }

  #named(name) {
    try {
      this.#choose(fromId(name, this.#model.style));
    } catch (error) {
      this.#say(error.message);
    }
  }

  async #like(input) {
    const [file] = input.files;
    if (!file) return;
    try {
      const image = pixels(await picture(file));
      this.#choose(rounded(await this.#engine.styleOf(this.#model.name, this.#direction.to, image)));
    } catch (error) {
      this.#say(error.message);
    }
    input.value = ""; // The same file may be taken again.
  }

  #download() {
    this.#parts(".answer").toBlob((blob) => {
      const style = this.#style ? `-${toId(this.#style)}` : "";
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${this.#model.name.replaceAll("/", "-")}-${this.#direction.to}${style}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    });
  }
}

function show(canvas, image) {
  Object.assign(canvas, { width: image.width, height: image.height });
  canvas.getContext("2d").putImageData(image, 0, 0);
}
