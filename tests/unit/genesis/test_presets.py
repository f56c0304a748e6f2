"""The presets: who has authority and funds, and keys that match their names."""

import pytest

from genesis.dev_keys import DEV_NAMES, dev_key
from genesis.errors import SpecError
from genesis.presets import PRESETS, dev, local, preset
from genesis.spec import parse_spec, render_spec
from primitives import ss58
from primitives.scheme import Scheme
from primitives.types import RAO_PER_TAO
from tests.support.vectors import load_vectors, unhex

PUBLIC_KEYS = {account["uri"]: account for account in load_vectors("keys.json")["dev"]}

FIRST_HALVING = 10_500_000 * RAO_PER_TAO
"""Above half of the 21 million TAO, a block mints less."""


def address(name, scheme=Scheme.SR25519):
    return ss58.encode(unhex(PUBLIC_KEYS[f"//{name}"][scheme.name.lower()]["public"]))


def patch_of(spec):
    return spec.genesis.config


@pytest.mark.parametrize("name", DEV_NAMES)
@pytest.mark.parametrize("scheme", [Scheme.SR25519, Scheme.ED25519])
def test_development_keys_are_the_well_known_ones(name, scheme):
    assert ss58.encode(dev_key(name, scheme).account) == address(name, scheme)


@pytest.mark.parametrize(
    ("spec", "authorities"), [(dev(), ["Alice"]), (local(), ["Alice", "Bob", "Charlie", "Dave"])]
)
def test_authorities_author_with_sr25519_and_finalize_with_ed25519(spec, authorities):
    patch = patch_of(spec)
    assert patch["aura"]["authorities"] == [address(name) for name in authorities]
    assert patch["grandpa"]["authorities"] == [
        [address(name, Scheme.ED25519), 1] for name in authorities
    ]


@pytest.mark.parametrize("name", PRESETS)
def test_alice_has_sudo_and_every_key_of_both_kinds_has_funds(name):
    patch = patch_of(preset(name))
    assert patch["sudo"]["key"] == address("Alice")
    funds = dict(patch["balances"]["balances"])
    assert set(funds) == {
        address(name, scheme) for name in DEV_NAMES for scheme in (Scheme.SR25519, Scheme.ED25519)
    }
    assert min(funds.values()) == 100_000 * RAO_PER_TAO
    assert funds[address("Alice")] == 1_000_000 * RAO_PER_TAO


@pytest.mark.parametrize("name", PRESETS)
def test_issuance_counts_all_funds_and_is_far_from_a_halving(name):
    patch = patch_of(preset(name))
    issuance = patch["subtensorModule"]["balancesIssuance"]
    assert issuance == sum(funds for _, funds in patch["balances"]["balances"])
    assert issuance < FIRST_HALVING // 2


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_written_and_read_back(name):
    spec = preset(name)
    assert parse_spec(render_spec(spec)) == spec
    assert spec.properties == {"ss58Format": 42, "tokenDecimals": 9, "tokenSymbol": "TAO"}


def test_unknown_preset_is_refused_with_the_known_ones():
    with pytest.raises(SpecError, match="no preset main; there are dev, local"):
        preset("main")
