"""No index and no name in a runtime stands for two things."""

import pytest

from runtime.framework import calls
from runtime.framework.calls import call, install_calls
from runtime.framework.distinct import Doubled
from runtime.framework.errors import PalletError
from runtime.framework.events import Event
from runtime.framework.outer_enums import install_pallets
from runtime.framework.pallet import Pallet, call_specs_of, pallet_calls
from runtime.framework.weights import ZERO_WEIGHT


def event(name, index):
    return type(name, (Event,), {}, index=index)


def error(name, index):
    return type(name, (PalletError,), {}, index=index)


def method(index, name=None):
    @call(index=index, weight=ZERO_WEIGHT, name=name)
    def act(self, origin):
        pass

    return act


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            {"events": (event("Came", 1), event("Went", 1))},
            "events Came and Went of Shop both have index 1",
        ),
        (
            {"events": (event("Came", 1), event("Came", 4))},
            "events 1 and 4 of Shop are both named Came",
        ),
        (
            {"errors": (error("Shut", 0), error("Sold", 0))},
            "errors Shut and Sold of Shop both have index 0",
        ),
        (
            {"errors": (error("Shut", 0), error("Shut", 2))},
            "errors 0 and 2 of Shop are both named Shut",
        ),
        (
            {"buy": method(3, "buy"), "sell": method(3, "sell")},
            "calls buy and sell of Shop both have index 3",
        ),
        (
            {"buy": method(3, "buy"), "sell": method(5, "buy")},
            "calls 3 and 5 of Shop are both named buy",
        ),
    ],
)
def test_in_a_pallet(body, reason):
    with pytest.raises(Doubled) as caught:
        type("Shop", (Pallet,), body)
    assert str(caught.value) == reason


class Shop(Pallet):
    buy = method(3, "buy")


def test_in_a_pallet_of_several_classes():
    with pytest.raises(Doubled, match="calls buy and sell of Market both have index 3"):
        type("Market", (Shop,), {"sell": method(3, "sell")})
    with pytest.raises(Doubled, match="calls 3 and 4 of Market are both named buy"):
        type("Market", (Shop,), {"buy": method(4, "buy")})


def test_a_call_may_be_declared_anew_in_a_subclass():
    again = method(3, "buy")
    market = type("Market", (Shop,), {"buy": again})
    assert call_specs_of(market)[3] is again.__call_spec__


def test_two_methods_of_one_name():
    source = "class Shop:\n" + "".join(
        f"    @call(index={index}, weight=0)\n    def buy(self, origin): pass\n" for index in (1, 2)
    )
    with pytest.raises(Doubled, match=r"the call Shop\.buy is declared twice"):
        exec(source, {"call": call, "__name__": "shops"})


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ((40, "Market"), "pallets Shop and Market both have index 40"),
        ((41, "Shop"), "pallets 40 and 41 are both named Shop"),
    ],
)
def test_among_pallets(second, reason):
    pallets = [pallet_calls(Shop, index, name) for index, name in ((40, "Shop"), second)]
    with pytest.raises(Doubled) as caught:
        install_calls(pallets)
    assert str(caught.value) == reason


def test_among_pallets_with_events():
    with pytest.raises(Doubled, match="pallets Shop and Market both have index 40"):
        install_pallets({"Shop": (40, Shop), "Market": (40, Shop)})


def test_what_is_refused_leaves_the_calls_that_there_were():
    before = dict(calls._table)
    with pytest.raises(Doubled):
        install_calls([pallet_calls(Shop, 40, "Shop"), pallet_calls(Shop, 40, "Market")])
    assert calls._table == before
