"""Whether migrations agree in whatever order they run: those that do not are named."""

import pytest

from node.runtime_tools.storage import storage_key
from node.try_runtime.report import Verdict
from runtime.version import SPEC_VERSION
from tests.support.dry_runs import COMMITMENTS, NEXT, REGISTRY, SUDO, check_of, code, hook, problems

RATE = storage_key("SubtensorModule", "TxRateLimit")
LIMIT = storage_key("SubtensorModule", "SubnetLimit")
EVENT_COUNT = storage_key("System", "EventCount")
FIVE = {RATE: (5).to_bytes(8, "little")}
"""What the rate limit is before the upgrade."""


def changing(change, key=RATE, width=8):
    """Lines that replace a stored number `x` by another."""
    return (
        f"x = int.from_bytes(host.get({key!r}) or b'', 'little')\n"
        f"host.put({key!r}, ({change}).to_bytes({width}, 'little'))"
    )


@pytest.fixture
def order(run):
    """The check of a runtime with these hooks."""

    def order(*hooks):
        return check_of(run(code(NEXT, *hooks), more=FIVE), "order")

    return order


def test_hooks_that_build_on_one_another_are_named_with_what_they_write(run):
    double, add = hook(REGISTRY, changing("2 * x")), hook(COMMITMENTS, changing("x + 3"))
    assert problems(run(code(NEXT, double, add), more=FIVE))["order"] == [
        "in the order Commitments, Registry, SubtensorModule.TxRateLimit comes out different: "
        "0 added, 1 changed, 0 removed, as 13 -> 16; written by Registry and Commitments"
    ]


def test_hooks_that_keep_to_themselves_agree(order):
    check = order(hook(REGISTRY, changing("7")), hook(COMMITMENTS, changing("9", LIMIT, 2)))
    assert check.verdict is Verdict.PASSED
    assert check.notes == ["2 orders of Registry, Commitments come out alike"]


def test_orders_between_the_given_one_and_its_reverse_are_tried(order):
    """(5 + 1) * 2 + 1 is the same from behind, but 5 * 2 + 1 + 1 is not."""
    check = order(
        hook(SUDO, changing("x + 1")),
        hook(REGISTRY, changing("2 * x")),
        hook(COMMITMENTS, changing("x + 1")),
    )
    (problem,) = check.problems
    assert problem == (
        "in the order Registry, Commitments, Sudo, SubtensorModule.TxRateLimit comes out "
        "different: 0 added, 1 changed, 0 removed, as 13 -> 12; "
        "written by Sudo, Registry and Commitments"
    )


def test_hooks_that_act_only_if_they_come_first_are_noticed(order):
    """In the given order the second one finds nothing to do."""
    check = order(
        hook(REGISTRY, changing("6 if x == 5 else x")),
        hook(COMMITMENTS, changing("7 if x == 5 else x")),
    )
    (problem,) = check.problems
    assert problem.startswith("in the order Commitments, Registry, ")
    assert "as 6 -> 7; written by Registry and Commitments" in problem


def test_what_tells_of_the_block_and_not_of_the_chain_is_not_compared(order):
    """Events come in the order of the hooks, and so it may be."""
    check = order(
        hook(REGISTRY, changing("1", EVENT_COUNT, 4)),
        hook(COMMITMENTS, changing("2", EVENT_COUNT, 4)),
    )
    assert check.verdict is Verdict.PASSED
    assert check.notes == ["no pallet changes anything, so there is no order to get wrong"]


def test_hook_that_fails_in_another_order(order):
    check = order(
        hook(REGISTRY, changing("6")),
        hook(COMMITMENTS, changing("8 // (x - 5)")),
    )
    assert check.problems == [
        "in the order Commitments, Registry, the first block does not begin: "
        "ZeroDivisionError: integer division or modulo by zero"
    ]


@pytest.mark.parametrize(
    ("hooks", "who"),
    [((), "no pallet"), ((hook(REGISTRY, changing("2 * x")),), "only Registry")],
)
def test_one_alone_has_no_order(order, hooks, who):
    check = order(*hooks)
    assert check.verdict is Verdict.PASSED
    assert check.notes == [f"{who} changes anything, so there is no order to get wrong"]


def test_nothing_is_left_of_the_trials(run):
    """The order that is checked last must not be the one that counts."""
    double, add = hook(REGISTRY, changing("2 * x")), hook(COMMITMENTS, changing("x + 3"))
    report = run(code(NEXT, double, add), more=FIVE)
    (item,) = [item for item in report.storage if item.item == "SubtensorModule.TxRateLimit"]
    assert item.examples == ["5 -> 13"]


def test_without_migrations_there_is_nothing_to_try(run):
    check = check_of(run(code(SPEC_VERSION, hook(REGISTRY, changing("7")))), "order")
    assert (check.verdict, check.notes) == (Verdict.SKIPPED, ["no migration runs"])
