// Models as ONNX graphs in this folder, run by onnxruntime-web in a worker, so that the page stays quick.

const worker = new Worker(new URL("./worker_onnx.js", import.meta.url), { type: "module" });
const waiting = new Map();
let calls = 0;
let broken = null;

worker.addEventListener("message", ({ data: { call, value, message } }) => {
  const { resolve, reject } = waiting.get(call);
  waiting.delete(call);
  if (message === undefined) resolve(value);
  else reject(new Error(message));
});

worker.addEventListener("error", () => {
  broken = new Error("Files of this page are missing, or the browser is too old; copy the whole folder, or take a newer one.");
  for (const { reject } of waiting.values()) reject(broken);
});

function ask(task, ...given) {
  return new Promise((resolve, reject) => {
    if (broken) reject(broken);
    waiting.set(++calls, { resolve, reject });
    worker.postMessage({ call: calls, task, given });
  });
}

/** The models, as models.json describes them. */
export const models = () => ask("models");

/** The translation of ImageData by the model of that name, as ImageData; `style` is a Float32Array or null. */
export const translate = (name, { from, to }, image, style) => ask("translate", name, from, to, image, style);

/** The style of an example, a picture of `domain`. */
export const styleOf = (name, domain, image) => ask("styleOf", name, domain, image);
