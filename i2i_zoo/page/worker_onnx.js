// Where the graphs run: one thread of WebAssembly, which any static host allows.

import * as ort from "./runtime/ort.js";
import { fromImageData, prepared, toBytes, toUnit } from "./preparation.js";

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm: new URL("./runtime/ort.wasm", import.meta.url).href };

const described = fetched("models.json").then((answer) => answer.json());
const sessions = new Map(); // of graphs by their addresses
let last = Promise.resolve();

self.addEventListener("message", ({ data: { call, task, given } }) => {
  last = last.then(() => tasks[task](...given)).then( // One after the other: they share the processor.
    (value) => self.postMessage({ call, value }),
    (error) => self.postMessage({ call, message: error.message.replace(/\s+/g, " ") }),
  );
});

const tasks = {
  async models() {
    return (await described).models;
  },

  async translate(name, from, to, image, style) {
    const model = await find(name);
    const { graph } = model.directions.find((one) => one.from === from && one.to === to);
    const extra = style ? { style: new ort.Tensor("float32", style, [1, style.length]) } : {};
    const { dims: [, channels, height, width], data } = await run(graph, model, from, image, extra);
    return new ImageData(toBytes(data, channels), width, height);
  },

  async styleOf(name, domain, image) {
    const model = await find(name);
    return (await run(model.encoders[domain], model, domain, image)).data;
  },
};

async function find(name) {
  return (await described).models.find((model) => model.name === name);
}

async function run(graph, { preparation, channels }, domain, image, extra = {}) {
  let picture = fromImageData(image, channels[domain]);
  if (preparation) picture = prepared(picture, preparation);
  const { height, width } = picture;
  const images = new ort.Tensor("float32", toUnit(picture), [1, picture.channels, height, width]);
  const session = await opened(graph);
  try {
    const answers = await session.run({ images, ...extra });
    return answers[session.outputNames[0]];
  } catch (error) {
    throw new Error(`A picture of ${width} x ${height} pixels could not be translated; try a smaller one (${error.message})`);
  }
}

function opened(graph) {
  if (!sessions.has(graph)) {
    const session = fetched(graph).then(async (answer) => ort.InferenceSession.create(await answer.arrayBuffer()));
    session.catch(() => sessions.delete(graph)); // The next call tries again.
    sessions.set(graph, session);
  }
  return sessions.get(graph);
}

async function fetched(name) {
  const answer = await fetch(new URL(name, import.meta.url)).catch(() => ({ status: "no answer" }));
  if (!answer.ok) throw new Error(`${name} could not be loaded (${answer.status}); copy the whole folder, or try again.`);
  return answer;
}
