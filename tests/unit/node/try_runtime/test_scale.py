"""The cost of an upgrade if the state were larger: what grows, and how that shows."""

from functools import partial

from node.runtime_tools.growth import LIMIT
from node.runtime_tools.storage import storage_key
from node.try_runtime.report import Verdict
from tests.support.dry_runs import COMMITMENTS, NEXT, check_of, code, hook, patch, problems

MODALITY = storage_key("SubtensorModule", "NetworkModality")
TEMPO = storage_key("SubtensorModule", "Tempo")


def per_entry(prefix, ref_time, line="pass"):
    """A hook that weighs by the number of entries, and does something with each."""
    return hook(
        COMMITMENTS,
        f"for key in host.keys({prefix!r}):\n    weight += Weight({ref_time}, 100)\n    {line}",
    )


def grown(report):
    return {item.item: (item.before, item.after) for item in report.scaled.items}


def test_cost_grows_with_the_entries_that_the_migrations_look_at(run):
    """The preset has one modality, so that five times as many are four more."""
    light, heavy = 10**6, 3 * 10**9
    costs = []
    for weight in (light, heavy):
        report = run(code(NEXT, per_entry(MODALITY, weight)), scale=5)
        assert grown(report)["SubtensorModule.NetworkModality"] == (1, 5)
        assert report.scaled.times == 5
        costs.append((report.cost, report.scaled.cost))
    (once, often), (heavy_once, heavy_often) = costs
    assert heavy_once.ref_time - once.ref_time == heavy - light
    assert heavy_often.ref_time - often.ref_time == 5 * (heavy - light)
    assert heavy_often.migration_proof_size == often.migration_proof_size


def test_items_that_no_migration_looks_at_do_not_grow(run):
    """Every block reads the tempo of every subnet, with and without migrations."""
    items = grown(run(code(NEXT, per_entry(MODALITY, 1)), scale=3))
    assert items["SubtensorModule.NetworkModality"] == (1, 3)
    assert "SubtensorModule.Tempo" not in items
    assert grown(run(code(NEXT, per_entry(TEMPO, 1)), scale=3))["SubtensorModule.Tempo"] == (2, 6)


def test_too_heavy_at_scale_says_how_many_blocks_it_takes(run):
    """A block may weigh 4 * 10**12, and one without migrations takes a tenth of that."""
    report = run(code(NEXT, per_entry(MODALITY, 2 * 10**12)), scale=10)
    found = problems(report)
    assert set(found) == {"weight at 10 x"}
    (problem,) = found["weight at 10 x"]
    assert problem.endswith("spread over blocks, the migrations need 6 of them")


def test_what_has_another_form_now_grows_in_the_old_one(run):
    """Values are copied as they stand before the upgrade, and migrated with all others."""
    widen = "host.put(key, (host.get(key) or b'') + bytes(6))"
    fail = "assert len(host.get(key)) == 2"
    report = run(code(NEXT, per_entry(MODALITY, 1, f"{fail}; {widen}")), scale=4)
    assert grown(report)["SubtensorModule.NetworkModality"] == (1, 4)
    assert check_of(report, "weight at 4 x").verdict is Verdict.PASSED


def test_migration_that_cannot_bear_more_entries(run):
    crowd = f"if len(host.keys({MODALITY!r})) > 3:\n    raise ValueError('a crowd')"
    fits = run(code(NEXT, hook(COMMITMENTS, crowd)), scale=3)
    assert fits.passed
    report = run(code(NEXT, hook(COMMITMENTS, crowd)), scale=4)
    assert problems(report) == {
        "weight at 4 x": ["the first block does not begin: ValueError: a crowd"]
    }
    assert check_of(report, "time at 4 x").verdict is Verdict.SKIPPED
    assert report.scaled is None


def test_maps_grow_together_where_they_make_no_sense_alone(run):
    """Updates of neurons alone would be of subnets that have no neurons, and end their epochs."""
    item = partial(storage_key, "SubtensorModule")
    subnet = (3).to_bytes(2, "little")
    neuron = {
        item("SubnetworkN") + subnet: b"\1\0",
        item("ValidatorPermit") + subnet: b"\4\0",
        item("LastUpdate") + subnet: b"\4" + bytes(8),
    }
    looks = (f"host.keys({item(name)!r})" for name in ("LastUpdate", "NetworksAdded", "Tempo"))
    report = run(code(NEXT, hook(COMMITMENTS, "; ".join(looks))), scale=50, more=neuron)
    assert check_of(report, "weight at 50 x").problems == []
    before, after = grown(report)["SubtensorModule.SubnetworkN"]
    assert after == 50 * before


def test_a_state_on_which_no_block_begins_is_no_fault_of_the_upgrade(run):
    """Given rules that bear no second modality, with migrations or without."""
    crowd = f"if len(self.ctx.host.keys({MODALITY!r})) > 1:\n            panic('a crowd')"
    begin = patch(
        "runtime/pallets/subtensor/pallet.py",
        {
            "        coinbase.block_step(self)\n": (
                f"        from runtime.framework.errors import panic\n        {crowd}\n"
                "        coinbase.block_step(self)\n"
            )
        },
    )
    report = run(code(NEXT, begin, hook(COMMITMENTS, f"host.keys({MODALITY!r})")), scale=2)
    check = check_of(report, "weight at 2 x")
    assert check.verdict is Verdict.SKIPPED
    assert check.notes == ["no block begins on a state so much larger, not even without migrations"]


def test_what_cannot_be_measured_is_skipped_and_says_why(run):
    report = run(code(NEXT), scale=LIMIT + 1)
    check = check_of(report, f"weight at {LIMIT + 1} x")
    assert check.verdict is Verdict.SKIPPED
    (note,) = check.notes
    assert note.endswith(f"more entries, and {LIMIT} are the limit")


def test_single_values_are_told(run):
    number = storage_key("SubtensorModule", "SubnetLimit")
    report = run(code(NEXT, hook(COMMITMENTS, f"host.put({number!r}, b'11')")), scale=2)
    notes = check_of(report, "weight at 2 x").notes
    assert any(
        "stay as they are" in note and "SubtensorModule.SubnetLimit" in note for note in notes
    )


def test_without_scale_nothing_of_it_is_told(run):
    report = run(code(NEXT))
    assert report.scaled is None
    assert not any(" x" in check.name for check in report.checks)
    assert "scaled" in report.document()
