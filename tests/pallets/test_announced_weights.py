"""Every call announces the weight, class and fee that the real runtime answered for it.

That was spec 185; what spec 186 changed is in `tests.support.since_185`.
"""

import re
from typing import Annotated, get_args, get_origin

import pytest

from primitives.scale.types import codec_of
from primitives.types import U32
from runtime.framework.calls import RuntimeCall, make_call
from runtime.framework.pallet import call_specs_of
from runtime.framework.weights import DispatchClass, Pays, Weight
from runtime.runtime import PALLETS, Runtime
from tests.support.host import MemoryHost
from tests.support.since_185 import announced

ROWS = announced()
ZEROS = bytes(1000)


@pytest.fixture(scope="module")
def runtime():
    return Runtime(MemoryHost())


def zero(annotation):
    """The value whose encoding is all zeros."""
    return codec_of(annotation).decode(ZEROS, 0)[0]


def plain(pallet, name):
    """A call with arguments of zeros: empty lists, nobody's account, an empty remark."""
    spec = next(spec for spec in call_specs_of(PALLETS[pallet][1]).values() if spec.name == name)
    return spec, {key: zero(annotation) for key, annotation in spec.arguments}


def inner(words):
    """One of the calls inside calls."""
    if "remark" in words:
        return zero(RuntimeCall)
    pallet, name = (
        ("Balances", "transfer_keep_alive")
        if "transfer" in words
        else ("AdminUtils", "sudo_set_tx_rate_limit")
    )
    return make_call(pallet, name, **plain(pallet, name)[1])


def listed(annotation):
    """The annotation of a list's items, or None."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return get_args(annotation)[0] if get_origin(annotation) is list else None


def described(spec, arguments, words):
    """The arguments, changed by one part of their description."""
    changed = dict(arguments)
    if found := re.fullmatch(r".* of (\d+) bytes", words):
        name = next(key for key, annotation in spec.arguments if annotation is bytes)
        changed[name] = bytes(int(found[1]))
    elif words.startswith("length bound"):
        changed["length_bound"] = U32(1000)
    elif words.startswith("subkeys"):
        changed["subkeys"] = U32(int(words.split()[1]))
    elif words.endswith("1e9/1e4"):
        name = next(key for key, annotation in spec.arguments if annotation is Weight)
        changed[name] = Weight(10**9, 10**4)
    elif found := re.match(r"(\d+) ", words):
        name, item = next((k, listed(a)) for k, a in spec.arguments if listed(a) is not None)
        value = inner(words) if item is RuntimeCall else zero(item)
        changed[name] = [value] * int(found[1])
    elif "proposal" in changed:
        changed["proposal"] = inner(words)
    else:
        changed["call"] = inner(words)
    return changed


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}.{row[1]}: {row[2]}")
def test_call_announces_what_was_measured(runtime, row):
    pallet, name, description, time, proof, dispatch_class, pays, _ = row
    if description in {"one additional field", "one field"}:
        description = "plain"
    spec, arguments = plain(pallet, name)
    for words in description.split(", ") if description != "plain" else []:
        arguments = described(spec, arguments, words)
    info = runtime.ctx.info_of(make_call(pallet, name, **arguments))
    assert info.weight == Weight(time, proof)
    assert info.class_ is DispatchClass[dispatch_class.upper()]
    assert info.pays_fee is Pays[pays.upper()]
