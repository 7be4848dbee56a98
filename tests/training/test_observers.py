import json

from i2i_zoo.training.log import JsonLines
from i2i_zoo.training.observers import every


def test_every_and_last():
    class Fake:
        steps = 7

    seen = []
    observe = every(3, lambda trainer, losses: seen.append(trainer.step), last=True)
    for step in range(1, 8):
        Fake.step = step
        observe(Fake, {})
    assert seen == [3, 6, 7]


def test_a_log_continues_at_the_step_of_the_checkpoint(tmp_path):
    path = tmp_path / "log.jsonl"
    write = JsonLines(path, 0)
    for step in (1, 2, 3):
        write({"step": step, "losses": {"x": 0.5}})
    with path.open("a") as file:
        file.write('{"step": 4, "lo')  # killed while writing
    JsonLines(path, 2)({"step": 3, "again": True})
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["step"] for row in rows] == [1, 2, 3] and rows[-1]["again"]
