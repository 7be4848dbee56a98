import json

import pytest
from report.sample_comparison import sample

from i2i_zoo.compare.result import Comparison, read_comparison, summarize, write_comparison
from i2i_zoo.errors import UserError


def test_what_is_written_is_read(tmp_path):
    comparison = Comparison.model_validate(sample())
    assert write_comparison(comparison, tmp_path / "new") == tmp_path / "new" / "compare.json"
    assert read_comparison(tmp_path / "new") == comparison


def test_mean_and_spread_are_over_the_seeds_that_have_a_value():
    mean, spread = summarize([{"a": 1.0, "b": None, "c": 5.0}, {"a": 4.0, "b": None}])
    assert mean == {"a": 2.5, "b": None, "c": 5.0}
    assert spread == {"a": pytest.approx(4.5**0.5), "b": None, "c": None}


def broken(change):
    data = sample()
    change(data)
    return json.dumps(data)


@pytest.mark.advice(
    "compare/result.py: run `i2i compare` again",
    "compare/result.py: give a folder that `i2i compare` wrote",
    "compare/result.py: update i2i_zoo",
)
@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "does not exist"),
        ("{", "cannot be read as JSON"),
        ("[]", "run `i2i compare` again"),
        (broken(lambda d: d.update(format=2)), "format 2 is newer"),
        (broken(lambda d: d.pop("device")), "device: Field required"),
        (broken(lambda d: d["metrics"][0].update(beter="lower")), "metrics.0.beter: Extra inputs"),
        (
            broken(lambda d: d["entries"][0]["mean"].update(x=float("nan"))),
            "entries.0.mean.x: Input should be a finite",
        ),
        (broken(lambda d: d["entries"][1].update(name=d["entries"][0]["name"])), "two entries have the same name"),
        (broken(lambda d: d["pictures"][0].update(to="hats")), "'hats', which is none of the domains"),
        (broken(lambda d: d["pictures"][0]["outputs"].update(gan=[])), "'gan', which is none of the entries"),
        (broken(lambda d: d["pictures"][0]["inputs"].pop()), "not of the same length"),
    ],
)
def test_a_damaged_file_is_one_sentence_that_names_it(tmp_path, text, says):
    if text:
        (tmp_path / "compare.json").write_text(text)
    with pytest.raises(UserError) as caught:
        read_comparison(tmp_path)
    message = str(caught.value)
    assert message.startswith(str(tmp_path / "compare.json")) and says in message and "\n" not in message
    (tmp_path / "compare.json").write_text(broken(lambda d: None))
    read_comparison(tmp_path)
