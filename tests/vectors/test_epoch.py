"""The carried epoch vectors hold, and the runner tells a wrong one from a right one."""

import copy
import gzip
import json

import pytest

from tests.vectors.epoch import OVERFLOWS, PUBLIC, WRAPPING, differences, failures, load, main


@pytest.mark.parametrize("path", [PUBLIC, WRAPPING])
def test_every_vector_and_operation_holds(path):
    assert [(name, wrong) for name, wrong in failures(load(path)) if wrong] == []


def test_where_spec_218_wraps_as_185_does_its_vectors_hold_too():
    overflowing = [vector for vector in load(PUBLIC)["vectors"] if vector[OVERFLOWS]]
    assert len(overflowing) == 3
    assert [list(differences(vector)) for vector in overflowing] == [[], [], []]


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
