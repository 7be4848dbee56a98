"""The notebook in `docs/`: its cells run, and it is kept as it ran, with outputs that are small."""

import json
from pathlib import Path

NOTEBOOK = Path(__file__).parents[1] / "docs" / "first_steps.ipynb"


def cells():
    return [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]


def test_its_cells_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for cell in cells():
        source = "".join(cell["source"])
        exec(compile(source.replace('"steps": 60', '"steps": 2'), str(NOTEBOOK), "exec"), names)
    assert (tmp_path / "first.safetensors").exists() and "2 training steps" in repr(names["mine"])
    assert "<img" in names["model"]._repr_html_() and "<img" in names["mine"]._repr_html_()
    assert len(names["shoes"]) == 5 and names["shoes"][0].shape == (64, 64, 3)


def test_it_is_kept_as_it_ran():
    assert [cell["execution_count"] for cell in cells()] == list(range(1, len(cells()) + 1))
    kinds = {kind for cell in cells() for output in cell["outputs"] for kind in output.get("data", {})}
    assert {"image/png", "text/html"} <= kinds
    assert not [output for cell in cells() for output in cell["outputs"] if output["output_type"] == "error"]
    assert NOTEBOOK.stat().st_size < 400_000
