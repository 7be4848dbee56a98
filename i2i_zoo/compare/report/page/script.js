"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const thumbs = (table) => [...table.querySelectorAll("button.thumb")];

  // Colors: the page follows the system until the reader chooses; a choice is remembered where the browser allows it.
  const memory = {
    get: () => { try { return localStorage.getItem("i2i_zoo theme"); } catch { return null; } },
    set: (theme) => { try { localStorage.setItem("i2i_zoo theme", theme); } catch { /* not remembered */ } },
  };
  at("themes").hidden = false;
  const chosen = at(`theme-${memory.get()}`);
  if (chosen) chosen.checked = true;
  at("themes").addEventListener("change", (event) => memory.set(event.target.value));

  // Walking: from a picture to its neighbor in the table. Rows follow each other as lines of text do.
  function neighbor(thumb, key) {
    const all = thumbs(thumb.closest("table"));
    const place = all.indexOf(thumb);
    if (key === "ArrowLeft") return all[place - 1];
    if (key === "ArrowRight") return all[place + 1];
    if (key === "Home") return all[0];
    if (key === "End") return all[all.length - 1];
    const column = thumb.closest("td").cellIndex;
    const next = key === "ArrowUp" ? "previousElementSibling" : key === "ArrowDown" ? "nextElementSibling" : null;
    if (!next) return undefined;
    for (let row = thumb.closest("tr")[next]; row; row = row[next]) {
      const found = row.cells[column].querySelector("button.thumb");
      if (found) return found;
    }
    return undefined;
  }

  // A table of pictures is one stop of the Tab key: the picture last visited.
  function visit(thumb) {
    for (const other of thumbs(thumb.closest("table"))) other.tabIndex = other === thumb ? 0 : -1;
  }

  for (const table of document.querySelectorAll("table.sheet")) {
    const [first] = thumbs(table);
    if (!first) continue;
    visit(first);
    table.addEventListener("click", (event) => {
      const thumb = event.target.closest("button.thumb");
      if (thumb) open(thumb);
    });
    table.addEventListener("keydown", (event) => {
      const thumb = event.target.closest("button.thumb");
      const next = thumb && !event.ctrlKey && !event.altKey && !event.metaKey && neighbor(thumb, event.key);
      if (!next) return;
      event.preventDefault();
      visit(next);
      next.focus();
    });
  }

  // The enlarged view: a picture, and as much of its input over it as the slider says.
  const viewer = at("viewer"), slider = at("viewer-slider"), stage = at("viewer-stage");
  let current = null;

  const inputOf = (thumb) => thumb.closest("tr").querySelector("button.thumb[data-input] img");

  function show(thumb) {
    current = thumb;
    visit(thumb);
    const picture = thumb.querySelector("img"), input = inputOf(thumb);
    const alone = input === picture;
    at("viewer-title").textContent = picture.alt;
    at("viewer-output").src = picture.src;
    at("viewer-output").alt = picture.alt;
    at("viewer-input").src = input.src;
    at("viewer-input").alt = alone ? "" : `${input.alt}, over it`;
    stage.classList.toggle("alone", alone);
    slider.disabled = alone;
    at("viewer-drag").hidden = alone;
    stage.style.setProperty("--ratio", picture.naturalWidth / picture.naturalHeight || 1);
    stage.classList.toggle("pixels", picture.naturalWidth <= 128);
    at("viewer-back").disabled = !neighbor(thumb, "ArrowLeft");
    at("viewer-next").disabled = !neighbor(thumb, "ArrowRight");
    uncover();
  }

  function uncover() {
    const share = slider.disabled ? 0 : Number(slider.value);
    stage.style.setProperty("--share", `${share}%`);
    at("viewer-input").hidden = share === 0;
    slider.setAttribute("aria-valuetext", `${share} percent`);
  }

  function walk(key) {
    const next = neighbor(current, key);
    if (next) show(next);
  }

  function open(thumb) {
    unpreview();
    show(thumb);
    viewer.showModal();
    at("viewer-close").focus();
  }

  slider.addEventListener("input", uncover);
  viewer.addEventListener("close", () => current.focus());
  viewer.addEventListener("click", (event) => { if (event.target === viewer) viewer.close(); });
  at("viewer-close").addEventListener("click", () => viewer.close());
  at("viewer-back").addEventListener("click", () => walk("ArrowLeft"));
  at("viewer-next").addEventListener("click", () => walk("ArrowRight"));
  viewer.addEventListener("keydown", (event) => {
    if (event.target === slider || event.ctrlKey || event.altKey || event.metaKey) return;
    if (!event.key.startsWith("Arrow") && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    walk(event.key);
  });

  // Hovering with a mouse: the picture beside its input, larger, until the mouse or Escape says otherwise.
  const preview = at("preview");
  const [before, after] = preview.querySelectorAll("img");
  const unpreview = () => { preview.hidden = true; };

  function hover(thumb) {
    const picture = thumb.querySelector("img"), input = inputOf(thumb);
    before.hidden = input === picture;
    for (const [shown, image] of [[before, input], [after, picture]]) {
      Object.assign(shown, { src: image.src, width: image.naturalWidth, height: image.naturalHeight });
    }
    preview.hidden = false;
    const box = thumb.getBoundingClientRect(), size = preview.getBoundingClientRect(), gap = 12;
    const right = box.right + gap + size.width <= innerWidth;
    const left = right ? box.right + gap : Math.max(gap, box.left - gap - size.width);
    const top = box.top + box.height / 2 - size.height / 2;
    preview.style.left = `${left}px`;
    preview.style.top = `${Math.min(Math.max(gap, top), innerHeight - size.height - gap)}px`;
  }

  document.addEventListener("pointerover", (event) => {
    const thumb = event.target.closest?.("button.thumb");
    if (thumb && event.pointerType === "mouse" && !viewer.open) hover(thumb);
    else unpreview();
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") unpreview(); });
  document.addEventListener("scroll", unpreview, { capture: true, passive: true });
})();
