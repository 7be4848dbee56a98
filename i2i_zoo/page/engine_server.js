// Models that a server of `i2i demo` holds: pictures go there and come back as bytes of red, green, blue and alpha.

async function ask(path, words, image) {
  const address = new URL(path, import.meta.url);
  for (const [key, value] of Object.entries(words)) address.searchParams.set(key, value);
  const sent = image && {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: image.data,
  };
  const answer = await fetch(address, sent).catch(() => {
    throw new Error("The server does not answer; run `i2i demo` again and load this page anew.");
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

const size = ({ width, height }) => ({ width, height });

/** The models, as the server describes them. */
export const models = async () => (await (await ask("models.json", {})).json()).models;

/** The translation of ImageData by the model of that name, as ImageData; `style` is a Float32Array or null. */
export async function translate(name, { from, to }, image, style) {
  const words = { model: name, from, to, ...size(image), ...(style && { style: [...style].join() }) };
  const answer = await ask("translate", words, image);
  const pixels = new Uint8ClampedArray(await answer.arrayBuffer());
  return new ImageData(pixels, Number(answer.headers.get("X-Width")));
}

/** The style of an example, a picture of `domain`. */
export async function styleOf(name, domain, image) {
  const answer = await ask("style", { model: name, domain, ...size(image) }, image);
  return new Float32Array(await answer.arrayBuffer());
}
