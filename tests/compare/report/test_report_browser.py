"""The report in a real browser. Needs the extra `browser` and a Chromium on the path; skipped without them."""

import shutil
from pathlib import Path

import pytest
from sample_comparison import sample, write_sample

from i2i_zoo.compare.report import write_report

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path")


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return write_report(write_sample(tmp_path_factory.mktemp("comparison"), sample(images=3)))


@pytest.fixture
def visit(browser, path):
    """Opens the page; afterwards nothing may have been complained about, asked for, or run by a name."""
    complaints, pages = [], []

    def opened(width=1280, height=900, **options):
        page = browser.new_page(viewport={"width": width, "height": height}, **options)
        pages.append(page)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda ask: ask.url.startswith(("data:", "file:")) or complaints.append(ask.url))
        page.goto(path.as_uri())
        return page

    yield opened
    for page in pages:
        assert page.evaluate("window.hurt") is None, "a name was run"
        page.close()
    assert complaints == []


def focused(page):
    return page.evaluate("document.activeElement.querySelector('img')?.alt")


@pytest.mark.parametrize("width", [320, 375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_never_wider_than_the_screen(visit, width, scheme):
    page = visit(width, 812, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.images].every(i => !i.getAttribute('src') || i.naturalWidth > 0)")


def test_arrow_keys_walk_over_the_pictures_and_escape_comes_back(visit):
    page = visit()
    page.locator("#pictures button.thumb").first.focus()
    for key in ("ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    title = page.locator("#viewer-title")
    assert title.inner_text() == "edges 2 as shoes, shoes/cyclegan"
    page.keyboard.press("ArrowDown")  # there is no third picture of this entry
    assert title.inner_text() == "edges 2 as shoes, shoes/cyclegan"
    page.keyboard.press("ArrowUp")
    assert title.inner_text() == "edges 1 as shoes, shoes/cyclegan"
    page.keyboard.press("ArrowLeft")
    assert title.inner_text() == "edges 1" and page.locator("#viewer-slider").is_disabled()
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.querySelector('img')?.alt === 'edges 1'")  # told when it has closed
    assert not page.locator("#viewer").is_visible()


def test_a_table_of_pictures_is_one_stop_of_the_tab_key(visit):
    page = visit()
    page.locator("#pictures button.thumb").first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#styles') !== null")
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "edges 1"


def test_the_slider_lays_the_input_over_the_picture(visit):
    page = visit()
    page.locator("#pictures button.thumb").nth(1).click()
    over = page.locator("#viewer-input")
    assert not over.is_visible()
    page.locator("#viewer-slider").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert over.is_visible() and page.locator("#viewer-slider").input_value() == "99"
    assert page.locator("#viewer-title").inner_text() == "edges 1 as shoes, shoes/cyclegan", "the slider took the key"
    box = page.locator("#viewer-stage").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    assert abs(int(page.locator("#viewer-slider").input_value()) - 25) <= 1
    handle = page.locator(".handle").bounding_box()
    assert abs(handle["x"] + handle["width"] / 2 - box["x"] - box["width"] / 4) < box["width"] / 50


def test_the_mouse_shows_a_picture_beside_its_input(visit):
    page = visit()
    page.locator("#pictures button.thumb").nth(1).scroll_into_view_if_needed()
    page.wait_for_timeout(100)  # scrolling hides it
    page.locator("#pictures button.thumb").nth(1).hover()
    assert page.locator("#preview img:visible").count() == 2
    page.keyboard.press("Escape")
    assert not page.locator("#preview").is_visible()


def test_colors_follow_the_system_until_the_reader_chooses(visit):
    page = visit(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_label("Light").check(force=True)
    light = page.evaluate(ground)
    page.reload()
    assert light != dark and page.evaluate(ground) == light
    page.get_by_label("Auto").check(force=True)
    assert page.evaluate(ground) == dark


def test_losses_change_their_scale(visit):
    page = visit()
    shown = [page.locator(f".panels .{scale}:visible").count() for scale in ("linear", "log")]
    page.locator("#scale-log").check(force=True)
    assert shown == [3, 0] and page.locator(".panels .linear:visible").count() == 0


def test_without_script_everything_is_still_there(visit):
    page = visit(java_script_enabled=False)
    assert page.locator("#pictures img:visible").count() == 14 and not page.locator("#themes").is_visible()
