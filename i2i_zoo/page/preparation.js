// Pictures on their way to a network and back, as i2i_zoo prepares them in Python (data/preparation.py, data/images/).

import { halfToEven } from "./styles.js";

/** A picture: { data, height, width, channels }, `data` 8 bits a number, one channel after the other. */
function picture(height, width, channels) {
  return { data: new Uint8ClampedArray(channels * height * width), height, width, channels };
}

/** ImageData -> a picture of 1 or 3 channels: transparency over white, color to its luma (Rec. 601). */
export function fromImageData({ data, width, height }, channels) {
  const made = picture(height, width, channels);
  const count = width * height;
  for (let i = 0; i < count; i++) {
    const alpha = data[4 * i + 3];
    const red = overWhite(data[4 * i], alpha);
    const green = overWhite(data[4 * i + 1], alpha);
    const blue = overWhite(data[4 * i + 2], alpha);
    if (channels === 1) {
      made.data[i] = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
    } else {
      made.data[i] = red;
      made.data[count + i] = green;
      made.data[2 * count + i] = blue;
    }
  }
  return made;
}

function overWhite(value, alpha) {
  return Math.floor((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

/** Bring a picture to the size [height, width]: `fit` is stretch, or cover, which cuts what sticks out on both sides. */
export function prepared(image, { size, fit }) {
  const [height, width] = size;
  if (image.height === height && image.width === width) return image;
  if (fit === "stretch") return resized(image, height, width);
  const scale = Math.max(height / image.height, width / image.width);
  const covering = [
    Math.max(halfToEven(image.height * scale), height),
    Math.max(halfToEven(image.width * scale), width),
  ];
  return centerCrop(resized(image, ...covering), height, width);
}

function centerCrop(image, height, width) {
  const made = picture(height, width, image.channels);
  const [top, left] = [halfToEven((image.height - height) / 2), halfToEven((image.width - width) / 2)];
  for (let row = 0; row < image.channels * height; row++) {
    const [channel, y] = [Math.floor(row / height), row % height];
    const start = (channel * image.height + top + y) * image.width + left;
    made.data.set(image.data.subarray(start, start + width), row * width);
  }
  return made;
}

/** Bicubic, with a filter that widens as the picture shrinks, as Pillow and torch have it for 8 bits: rows first. */
export function resized(image, height, width) {
  return along(along(image, width, true), height, false);
}

const BITS = 22; // of the weights behind the point

function along(image, size, isRow) {
  const from = isRow ? image.width : image.height;
  if (size === from) return image;
  const made = isRow ? picture(image.height, size, image.channels) : picture(size, image.width, image.channels);
  const taps = weights(from, size);
  const lines = made.data.length / size;
  for (let line = 0; line < lines; line++) {
    const [channel, x] = [Math.floor(line / image.width), line % image.width];
    const read = isRow ? line * from : channel * from * image.width + x;
    const write = isRow ? line * size : channel * size * image.width + x;
    const step = isRow ? 1 : image.width;
    for (let i = 0; i < size; i++) {
      const { first, shares } = taps[i];
      let sum = 1 << (BITS - 1);
      for (let k = 0; k < shares.length; k++) sum += shares[k] * image.data[read + (first + k) * step];
      made.data[write + i * step] = sum >> BITS; // The array clamps.
    }
  }
  return made;
}

/** For each of `to` places, the first of the `from` places that it is made of, and their weights, which sum to 1. */
function weights(from, to) {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: to }, (_, place) => {
    const center = (place + 0.5) * scale;
    const first = Math.max(Math.trunc(center - 2 * stretch + 0.5), 0);
    const last = Math.min(Math.trunc(center + 2 * stretch + 0.5), from);
    const values = Array.from({ length: last - first }, (_, k) => cubic((first + k - center + 0.5) / stretch));
    const sum = values.reduce((a, b) => a + b, 0);
    const shares = values.map((value) => Math.trunc((value / sum) * 2 ** BITS + (value < 0 ? -0.5 : 0.5)));
    return { first, shares };
  });
}

/** Keys's cubic convolution with a = -0.5. */
function cubic(x) {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

/** 8 bits -> numbers in [-1, 1]: a Float32Array. */
export function toUnit(image) {
  return Float32Array.from(image.data, (value) => Math.fround(value / 127.5) - 1);
}

/** Numbers in [-1, 1], one channel (grey) or three after the other -> ImageData's bytes, red, green, blue and opaque. */
export function toBytes(answer, channels) {
  const count = answer.length / channels;
  const bytes = new Uint8ClampedArray(4 * count).fill(255);
  for (let i = 0; i < count; i++) {
    for (let color = 0; color < 3; color++) {
      bytes[4 * i + color] = (answer[(channels === 1 ? 0 : color) * count + i] + 1) * 127.5; // It rounds and clamps.
    }
  }
  return bytes;
}
