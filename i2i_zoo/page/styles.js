// Styles as i2i_zoo has them in Python: the numbers of a seed (onnx/draws.py), and names (inference/style_ids.py).

const STEP = 32; // bytes per unit of asinh
const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
const BLOCK = 16; // From so many numbers on, torch draws them in blocks of as many.

/** The style of `dim` numbers that `i2i translate --seed` takes: standard normal, rounded to one that has a name. */
export function randomStyle(dim, seed) {
  const words = twister(Number(BigInt.asUintN(32, BigInt(seed))));
  return rounded(dim < BLOCK ? few(words, dim) : many(words, dim));
}

/** The nearest style that has a name: a Float32Array. */
export function rounded(style) {
  return decoded(encoded(style));
}

/** A name in small letters and digits, one byte a number. */
export function toId(style) {
  let bits = 0, held = 0, name = "";
  for (const byte of encoded(style)) {
    bits = (bits << 8) | (byte + 128);
    for (held += 8; held >= 5; held -= 5) name += LETTERS[(bits >> (held - 5)) & 31];
    bits &= (1 << held) - 1;
  }
  return held ? name + LETTERS[(bits << (5 - held)) & 31] : name;
}

/** The style of `dim` numbers that a name stands for; throws an `Error` for a text that is no such name. */
export function fromId(name, dim) {
  let bits = 0, held = 0;
  const bytes = [];
  for (const letter of name) {
    bits = ((bits << 5) | LETTERS.indexOf(letter)) & 0xfff;
    if ((held += 5) >= 8) bytes.push(((bits >> (held -= 8)) & 255) - 128);
  }
  const style = decoded(bytes);
  if (bytes.length !== dim || toId(style) !== name) { // A letter may be foreign; the last one has bits to spare.
    throw new Error(`“${name}” is not the name of a style of this model: ${Math.ceil((dim * 8) / 5)} letters and digits are expected`);
  }
  return style;
}

/** The style at `share` (0 to 1) of the way from one to the other, on an arc (Shoemake 1985, slerp): a Float32Array. */
export function between(one, other, share) {
  const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  const angle = Math.acos(Math.min(1, Math.max(-1, dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other)))));
  const isArc = Math.sin(angle) >= 1e-6; // Else the straight line is the shortest.
  const weight = (part) => (isArc ? Math.sin(part * angle) / Math.sin(angle) : part);
  return one.map((x, i) => weight(1 - share) * x + weight(share) * other[i]);
}

function encoded(style) {
  return Array.from(style, (x) => Math.min(127, Math.max(-128, halfToEven(Math.asinh(x) * STEP))));
}

function decoded(bytes) {
  return Float32Array.from(bytes, (byte) => Math.sinh(byte / STEP));
}

/** The nearest whole number, of two the even one, as Python rounds. */
export function halfToEven(x) {
  const low = Math.floor(x);
  return x - low > 0.5 || (x - low === 0.5 && low % 2) ? low + 1 : low;
}

/** Pairs by Box and Muller of two uniform numbers of 53 bits. */
function few(words, dim) {
  const numbers = [];
  const uniform = () => (((words() & 0x1fffff) * 2 ** 32 + words()) * 2 ** -53);
  while (numbers.length < dim) {
    const turn = uniform();
    const radius = Math.sqrt(-2 * Math.log1p(-uniform()));
    numbers.push(radius * Math.cos(2 * Math.PI * turn), radius * Math.sin(2 * Math.PI * turn));
  }
  return numbers.slice(0, dim);
}

/** Blocks of uniform numbers of 24 bits; the last block is drawn anew if it is not whole. */
function many(words, dim) {
  const uniform = (count) => Array.from({ length: count }, () => (words() & 0xffffff) * 2 ** -24);
  const row = uniform(dim);
  const blocks = (start, values) => normal(values).forEach((value, i) => { row[start + i] = value; });
  for (let start = 0; start + BLOCK <= dim; start += BLOCK) blocks(start, row.slice(start, start + BLOCK));
  if (dim % BLOCK) blocks(dim - BLOCK, uniform(BLOCK));
  return row;
}

function normal(uniform) {
  const half = BLOCK / 2;
  const radius = (i) => Math.sqrt(-2 * Math.log(1 - uniform[i % half]));
  const angle = (i) => 2 * Math.PI * uniform[half + (i % half)];
  return uniform.map((_, i) => radius(i) * (i < half ? Math.cos(angle(i)) : Math.sin(angle(i))));
}

/** A Mersenne Twister (Matsumoto and Nishimura 1998, MT19937): a function that gives 32 bits a call. */
function twister(seed) {
  const [size, middle] = [624, 397];
  const state = new Uint32Array(size);
  state[0] = seed;
  for (let i = 1; i < size; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  let next = size;
  return () => {
    if (next === size) {
      for (let i = 0; i < size; i++) {
        const joined = (state[i] & 0x80000000) | (state[(i + 1) % size] & 0x7fffffff);
        state[i] = state[(i + middle) % size] ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
      }
      next = 0;
    }
    let word = state[next++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  };
}
