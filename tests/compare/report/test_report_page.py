import base64
import hashlib
import re
from itertools import pairwise
from pathlib import Path

import pytest
from read_html import Page
from sample_comparison import NAMES, NASTY, sample, write_sample

from i2i_zoo.compare.report import write_report
from i2i_zoo.errors import UserError


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_report(write_sample(tmp_path_factory.mktemp("comparison"))).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source):
    return Page(source)


def test_it_is_one_file_that_asks_for_nothing(page, source):
    links = [value for _, attributes, _ in page.elements for key, value in attributes.items() if key in ("src", "href")]
    assert links and all(link.startswith(("data:image/", "#")) for link in links)
    assert not page.all("link") and "@import" not in source and "url(" not in source
    assert len([link for link in links if link.startswith("data:")]) == 3 + 3 * 3 - 1 + 3 + 2 * 3  # a gap, and styles


def test_names_are_shown_and_never_run(page, source):
    assert len(page.all("script")) == 1 and NASTY not in source
    assert {tag for tag, _, _ in page.elements}.isdisjoint({"iframe", "object", "a href"})
    assert not [key for _, attributes, _ in page.elements for key in attributes if key.startswith("on")]
    labels = {attributes["alt"] for attributes in page.all("img")}
    assert all(f"edges 1 as shoes, {name}" in labels for name in NAMES)
    assert "".join(page.text["span"]).count(NASTY) > 3


def test_its_policy_allows_its_own_style_and_script_and_nothing_else(page):
    [policy] = [a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    for tag in ("style", "script"):
        [text] = page.text[tag]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not [1 for _, attributes, _ in page.elements if "style" in attributes], "the policy forbids it"


def test_its_structure_can_be_heard(page):
    assert page.all("html") == [{"lang": "en"}]
    for landmark in ("header", "main", "footer", "nav", "h1"):
        assert len(page.all(landmark)) == 1
    levels = [int(tag[1]) for tag, _, around in page.elements if re.fullmatch("h[1-6]", tag) and "dialog" not in around]
    assert levels[0] == 1 and all(after <= before + 1 for before, after in pairwise(levels))
    shown = [attributes for tag, attributes, around in page.elements if tag == "img" and "main" in around]
    assert shown and all(picture["alt"] and int(picture["width"]) > 0 for picture in shown)
    assert all("scope" in attributes for attributes in page.all("th"))
    unnamed = [
        a for tag, a, around in page.elements if tag == "input" and "label" not in around and "aria-label" not in a
    ]
    assert not unnamed


def test_its_anchors_lead_somewhere(page):
    ids = [attributes["id"] for _, attributes, _ in page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    wanted = {attributes["href"][1:] for attributes in page.all("a")}
    wanted |= {a[key] for _, a, _ in page.elements for key in ("aria-labelledby", "aria-describedby") if key in a}
    assert {"scores", "pictures", "styles", "losses", "recipes", "protocol", "why-1"} <= wanted <= set(ids)


def test_the_best_is_marked_in_words_too(page):
    best = [a for a in page.all("td") if a.get("class") == "best"]
    assert len(best) == page.text["span"].count(" (best)") == 3  # SWD, PSNR and speed; the memory of all is the same


def test_each_loss_has_a_panel_and_each_seed_a_line(page):
    assert len(page.all("figure")) == 3
    lines = [
        a for tag, a, around in page.elements if tag == "path" and "figure" in around and a["class"].startswith("line")
    ]
    assert len(lines) == 3 * 2 * 3 * 2  # losses, seeds, entries, scales


@pytest.mark.parametrize("names", [["only/one"], ["a", "b"]])
def test_less_makes_a_shorter_page(tmp_path, names):
    data = sample(names) | {"pictures": [], "missing": {}}
    for entry in data["entries"]:
        for seed in entry["seeds"]:
            seed["losses"] = []
    page = Page(write_report(write_sample(tmp_path, data)).read_text(encoding="utf-8"))
    assert [a["href"] for a in page.all("a") if a["href"].startswith("#") and "why" not in a["href"]] == [
        "#scores",
        "#scores",
        "#recipes",
        "#protocol",
    ]


def test_a_failure_leaves_the_old_page(tmp_path):
    write_report(write_sample(tmp_path))
    before = (tmp_path / "report.html").read_text()
    (tmp_path / "pictures" / "input-0.png").unlink()
    with pytest.raises(UserError, match=r"input-0\.png does not exist"):
        write_report(tmp_path)
    assert (tmp_path / "report.html").read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["compare.json", "pictures", "report.html"]


def test_a_page_of_many_pictures_stays_small(tmp_path):
    data = sample(images=30)
    path = write_report(write_sample(tmp_path, data))
    assert path.stat().st_size < 400_000, "150 tiny pictures"


def test_a_full_disk_is_one_sentence_and_leaves_the_old_page(tmp_path, monkeypatch):
    write_report(write_sample(tmp_path))
    before = (tmp_path / "report.html").read_text()

    def full(path, text, encoding):
        path.write_bytes(text[:100].encode())
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(UserError, match=r"report\.html cannot be written: no space left"):
        write_report(tmp_path)
    assert (tmp_path / "report.html").read_text() == before and len(list(tmp_path.iterdir())) == 3


def luminance(color):
    """WCAG 2.2, relative luminance of #rrggbb."""
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_text_and_lines_stand_out_in_light_and_dark(page):
    [style] = page.text["style"]
    pairs = dict(re.findall(r"(--\w+|\.c\d)\b[^;]*?light-dark\((#\w+, #\w+)\)", style))
    for theme in (0, 1):
        colors = {name: luminance(pair.split(", ")[theme]) for name, pair in pairs.items()}
        wanted = {f".c{number}": 3.0 for number in range(8)} | {
            "--ink": 7.0,
            "--quiet": 4.5,
            "--accent": 4.5,
            "--firm": 3.0,
        }
        for ground in ("--page", "--raised"):
            for name, ratio in wanted.items():
                high, low = sorted((colors[name], colors[ground]), reverse=True)
                assert (high + 0.05) / (low + 0.05) >= ratio, (name, ground, theme)
