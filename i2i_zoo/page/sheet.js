// The sheet of paper: pen, eraser, undo, and pictures that are laid on it.

const STEPS = 30; // that can be undone
const FINE = 4; // pixels of the sheet for each of a model that scales its pictures
const LARGEST = 2048; // pixels of a side of a picture that is opened
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Sheet {
  #canvas; #context; #mark; #changed; #say; #past = []; #size = [64, 64]; #fine = FINE; #point = null; #cursor = null; #isDown = false;
  tool = { erases: false, color: "#000000", width: 1 };

  /** `mark` shows where the keyboard's pen is; `changed()` is called while something is drawn, `say(message)` tells of the pen. */
  constructor(canvas, mark, changed, say) {
    [this.#canvas, this.#mark, this.#changed, this.#say] = [canvas, mark, changed, say];
    this.#context = canvas.getContext("2d", { willReadFrequently: true });
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { this.#point = null; });
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => {
      this.#isDown = false;
      mark.hidden = true;
    });
  }

  get image() {
    return this.#context.getImageData(0, 0, this.#canvas.width, this.#canvas.height);
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  /** Paper for a model of that size [height, width]; what was drawn stays if the size does. */
  fit(size, isScaled) {
    const fine = isScaled ? FINE : 1;
    if (this.#canvas.dataset.size === `${size},${fine}`) return;
    this.#canvas.dataset.size = `${size},${fine}`;
    [this.#size, this.#fine, this.#past] = [size, fine, []];
    this.#blank(fine * size[1], fine * size[0]);
  }

  clear() {
    this.#remember();
    this.#blank(this.#fine * this.#size[1], this.#fine * this.#size[0]);
    this.#changed();
  }

  undo() {
    const image = this.#past.pop();
    if (!image) return;
    this.#blank(image.width, image.height);
    this.#context.putImageData(image, 0, 0);
    this.#changed();
  }

  /** Lay a picture, an ImageBitmap, on the sheet, which takes its size. */
  open(picture) {
    this.#remember();
    const scale = Math.min(1, LARGEST / Math.max(picture.width, picture.height));
    this.#blank(Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale)));
    this.#context.imageSmoothingQuality = "high";
    this.#context.drawImage(picture, 0, 0, this.#canvas.width, this.#canvas.height);
    this.#changed();
  }

  #blank(width, height) {
    this.#cursor = null;
    Object.assign(this.#canvas, { width, height });
    this.#context.fillStyle = "#ffffff";
    this.#context.fillRect(0, 0, width, height);
  }

  #remember() {
    this.#past = [...this.#past, this.image].slice(-STEPS);
  }

  /** Pixels of the sheet for one of the model. */
  get #unit() {
    return this.#canvas.width / this.#size[1];
  }

  #line(from, to) {
    const { erases, color, width } = this.tool;
    const lineWidth = width * this.#unit * (erases ? 4 : 1);
    Object.assign(this.#context, { strokeStyle: erases ? "#ffffff" : color, lineWidth, lineCap: "round" });
    this.#context.beginPath();
    this.#context.moveTo(...from);
    this.#context.lineTo(...to);
    this.#context.stroke();
    this.#changed();
  }

  /** Where the sheet begins in its element, and the size of its pixels on the screen. */
  get #frame() {
    const { clientWidth, clientHeight, clientLeft, clientTop, width, height } = this.#canvas;
    const scale = Math.min(clientWidth / width, clientHeight / height); // object-fit: contain
    const [left, top] = [clientLeft + (clientWidth - width * scale) / 2, clientTop + (clientHeight - height * scale) / 2];
    return { left, top, scale };
  }

  #place(event) {
    const [box, { left, top, scale }] = [this.#canvas.getBoundingClientRect(), this.#frame];
    return [(event.clientX - box.left - left) / scale, (event.clientY - box.top - top) / scale];
  }

  #begin(event) {
    if (event.button !== 0) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#remember();
    this.#point = this.#place(event);
    this.#line(this.#point, this.#point);
  }

  #move(event) {
    if (!this.#point) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) {
      const to = this.#place(one);
      this.#line(this.#point, to);
      this.#point = to;
    }
  }

  #key(event) {
    const step = ARROWS[event.key];
    if (event.key !== " " && !step) return;
    event.preventDefault(); // The page does not scroll.
    const { width, height } = this.#canvas;
    const from = this.#cursor ?? [width / 2, height / 2];
    const [x, y] = step ?? [0, 0];
    const pace = (event.shiftKey ? 8 : 1) * this.#unit;
    this.#cursor = [Math.min(width, Math.max(0, from[0] + x * pace)), Math.min(height, Math.max(0, from[1] + y * pace))];
    if (step && this.#isDown) this.#line(from, this.#cursor);
    if (!step) this.#press();
    const { left, top, scale } = this.#frame;
    this.#mark.hidden = false;
    this.#mark.style.left = `${left + this.#cursor[0] * scale}px`;
    this.#mark.style.top = `${top + this.#cursor[1] * scale}px`;
    this.#mark.toggleAttribute("data-is-down", this.#isDown);
  }

  #press() {
    this.#isDown = !this.#isDown;
    if (this.#isDown) this.#remember();
    const [across, down] = this.#cursor;
    const where = `${Math.round((100 * across) / this.#canvas.width)} % across, ${Math.round((100 * down) / this.#canvas.height)} % down`;
    this.#say(`Pen ${this.#isDown ? "down" : "up"}, ${where}.`);
  }
}

/** A file -> an ImageBitmap, upright, with the numbers that stand in it; throws an `Error` of one sentence. */
export async function picture(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image", colorSpaceConversion: "none" });
  } catch {
    throw new Error(`${file.name || "What was pasted"} is no picture that this browser can read; try a PNG or JPEG.`);
  }
}

/** The pixels of an ImageBitmap over white. */
export function pixels(bitmap) {
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, bitmap.width, bitmap.height);
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}
