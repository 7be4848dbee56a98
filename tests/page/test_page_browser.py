"""The page in a real browser, without a server of ours: mouse, keyboard, screen readers. See `conftest.py`."""

import numpy as np
import pytest
from page_answers import graph, on, same, stroke
from PIL import Image

from i2i_zoo.data.images.arrays import read_with_metadata
from i2i_zoo.data.images.pixels import fit
from i2i_zoo.data.preparation import Preparation
from i2i_zoo.inference.style_ids import from_id, to_id
from i2i_zoo.onnx.draws import normal_rows

PREPARATION = Preparation(size=(16, 24), fit="cover")


@pytest.fixture
def visit(site, browser):
    """Opens the page; afterwards nothing may have been complained about, or asked of elsewhere."""
    complaints, pages = [], []

    def opened(width=1280, height=900):
        page = browser.new_page(viewport={"width": width, "height": height})
        pages.append(page)
        page.set_default_timeout(10_000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda ask: ask.url.startswith((site[1], "data:", "blob:")) or complaints.append(ask.url))
        page.goto(site[1] + "index.html")
        told(page, "Answered")
        return page

    yield opened
    for page in pages:
        page.close()
    assert complaints == []


def told(page, words):
    page.get_by_role("status").filter(has_text=words).wait_for()


def after(page, act):
    """Do it, and wait for the answer to it."""
    page.get_by_role("status").evaluate("e => { e.textContent = ''; }")
    act()
    told(page, "Answered")
    page.locator("#panels[aria-busy=false]").wait_for()


def check(site, page):
    """The answer is that to what is on the sheet, in the style of the name."""
    found, style = on(page, ".answer"), from_id(page.get_by_label("Name").input_value(), 3)
    pixels = np.moveaxis(fit(on(page, "#sheet"), True, 3), -1, 0)
    expected = graph(site, "runs-styled.edges2shoes.onnx").translate(PREPARATION.prepare(pixels), style)
    same({"data": found, "shape": found.shape}, expected)


def test_what_the_mouse_draws_is_translated_as_in_python(site, visit):
    page = visit()
    after(page, lambda: stroke(page, (0.1, 0.5), (0.9, 0.4)))
    assert on(page, "#sheet").min() == 0
    check(site, page)
    drawn = on(page, "#sheet")
    page.get_by_label("Eraser").check()
    after(page, lambda: stroke(page, (0.5, 0), (0.5, 1)))
    assert (on(page, "#sheet") != drawn).any()
    after(page, lambda: page.get_by_role("button", name="Undo").click())
    assert (on(page, "#sheet") == drawn).all()
    after(page, lambda: page.get_by_role("button", name="Clear").click())
    assert on(page, "#sheet").min() == 255
    after(page, lambda: page.keyboard.press("Control+z"))
    assert (on(page, "#sheet") == drawn).all()


def test_a_picture_is_translated_as_the_file_is_in_python(site, visit, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (41, 30, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    page = visit()
    after(page, lambda: page.get_by_label("Open a picture").set_input_files(tmp_path / "noise.png"))
    pixels, _ = read_with_metadata(tmp_path / "noise.png", 3)
    assert (on(page, "#sheet")[..., :3] == np.moveaxis(pixels, 0, -1)).all()
    check(site, page)
    (tmp_path / "text.png").write_text("no picture")
    page.get_by_label("Open a picture").set_input_files(tmp_path / "text.png")
    told(page, "text.png is no picture that this browser can read; try a PNG or JPEG.")


def test_styles_are_chosen_named_moved_and_taken_from_an_example(site, visit, tmp_path):
    page = visit()
    after(page, lambda: stroke(page, (0.1, 0.5), (0.9, 0.4)))
    name = page.get_by_label("Name")
    drawn = [to_id(normal_rows(1, 3, seed)[0]) for seed in range(16)]
    assert name.input_value() == drawn[0]
    after(page, lambda: page.get_by_role("button", name=f"Style {drawn[2]}").click())
    assert name.input_value() == drawn[2]
    check(site, page)
    after(page, lambda: page.get_by_role("button", name="Other styles").click())
    after(page, lambda: page.get_by_role("button", name=f"Style {drawn[9]}").click())
    assert page.locator("[aria-pressed=true]").get_attribute("aria-label") == f"Style {drawn[9]}"
    after(page, lambda: name.fill(drawn[5]) or name.press("Enter"))
    check(site, page)
    after(page, lambda: page.get_by_label("Between the last style and this one").fill("0"))
    assert name.input_value() == drawn[9]
    name.fill("nonsense")
    name.press("Enter")
    told(page, "is not the name of a style of this model: 5 letters and digits are expected")
    page.get_by_text("Numbers of the style").click()
    after(page, lambda: page.get_by_label("2", exact=True).fill("-1.5"))
    assert abs(from_id(name.input_value(), 3)[1] + 1.5) < 0.05
    image = np.random.default_rng(0).integers(0, 256, (16, 24, 3), np.uint8)
    Image.fromarray(image).save(tmp_path / "shoe.png")
    after(page, lambda: page.get_by_label("Like an example").set_input_files(tmp_path / "shoe.png"))
    encoder = graph(site, "runs-styled.style_shoes.onnx")
    assert name.input_value() == to_id(encoder.run(encoder.card.stored[1].to_unit(np.moveaxis(image, -1, 0))[None])[0])


def test_the_keyboard_reaches_everything_in_order_and_draws(site, visit):
    page = visit()
    after(page, lambda: stroke(page, (0.1, 0.1), (0.9, 0.1)))  # There is something to undo.
    page.get_by_label("Direction").focus()
    order = [
        "tool",
        "color",
        "width",
        "undo",
        "clear",
        "file",
        "sheet",
        "download",
        *[""] * 8,
        "more",
        "like",
        "name",
        "between",
    ]
    for name in order:
        page.keyboard.press("Tab")
        found = page.evaluate("() => (e => e.id || e.name || e.className)(document.activeElement)")
        assert found == name
        if name == "sheet":
            before = on(page, "#sheet")
            for key in ("ArrowLeft", "Space", "Shift+ArrowRight"):
                page.keyboard.press(key)
                told(page, "Pen down, 46 % across, 50 % down." if key == "Space" else "")
            after(page, lambda: page.keyboard.press("Shift+ArrowDown"))
            assert (on(page, "#sheet") != before).any()
            check(site, page)


def test_a_screen_reader_is_told_what_everything_is(visit):
    page = visit()
    unnamed = page.locator("button, input, select, canvas[role]").evaluate_all(
        "all => all.filter(e => !(e.ariaLabel || e.textContent.trim() || e.labels?.[0]?.textContent.trim()"
        " || e.getAttribute('aria-label'))).map(e => e.outerHTML)"
    )
    assert unnamed == []
    assert page.get_by_role("application", name="Drawing area, for edges").count() == 1
    assert page.get_by_role("img", name="The answer of runs/styled, as shoes").count() == 1
    assert page.get_by_role("group", name="Styles").get_by_role("button").count() == 8
    page.get_by_text("About this model").click()
    assert page.locator(".about p").inner_text() == "runs/styled:\nknown"
    assert page.locator("html").get_attribute("lang") == "en"


def test_directions_have_the_models_that_know_them(site, visit):
    page = visit()
    assert page.get_by_label("Direction").locator("option").all_text_contents() == [
        "edges → shoes",
        "a b → 3d",
        "shoes → edges",
    ]
    after(page, lambda: page.get_by_label("Direction").select_option("a b → 3d"))
    assert page.locator(".panel h3").all_text_contents() == ["plain"]
    after(page, lambda: stroke(page, (0.2, 0.2), (0.8, 0.9)))
    found, sheet = on(page, ".answer"), on(page, "#sheet")
    pixels = np.moveaxis(fit(sheet, True, 1), -1, 0)
    same({"data": found, "shape": found.shape}, graph(site, "plain.a b23d.onnx").translate(pixels))


def test_the_page_is_never_wider_than_the_screen(visit):
    page = visit()
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
