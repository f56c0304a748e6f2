"""The carried epoch vectors hold, and the runner tells a wrong one from a right one."""

import copy
import gzip
import json

from tests.vectors.epoch import PUBLIC, failures, load, main


def test_every_vector_and_operation_holds():
    assert [(name, wrong) for name, wrong in failures(load(PUBLIC)) if wrong] == []


def test_runner_reports_what_differs_and_fails(tmp_path, capsys):
    content = load(PUBLIC)
    right = next(v for v in content["vectors"] if v["input"]["n"] > 2)
    wrong = copy.deepcopy(right)
    wrong["id"] = "changed"
    wrong["expected"]["rank"][0] ^= 1
    file = tmp_path / "vectors.json.gz"
    file.write_bytes(gzip.compress(json.dumps({"vectors": [right, wrong]}).encode()))

    assert main(file) == 1
    assert capsys.readouterr().out == "changed: rank\n1 passed, 1 failed\n"
