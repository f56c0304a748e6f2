"""Named chains for development: known keys, funded accounts, the runtime of this release."""

from collections.abc import Callable
from typing import Final

from genesis.build import EMBEDDED_CODE
from genesis.dev_keys import DEV_NAMES, dev_key
from genesis.errors import SpecError
from genesis.fields import Json
from genesis.spec import ChainSpec, ConfigGenesis
from primitives import ss58
from primitives.crypto import KeyPair
from primitives.scheme import Scheme
from primitives.types import RAO_PER_TAO, Balance

BITTENSOR_PROPERTIES: Final[Json] = {
    "ss58Format": ss58.GENERIC_PREFIX,
    "tokenDecimals": 9,
    "tokenSymbol": "TAO",
}

_SUDO_FUNDS: Final = Balance(1_000_000 * RAO_PER_TAO)
_FUNDS: Final = Balance(100_000 * RAO_PER_TAO)
"""Pays for several subnets, and keeps all funds together well below the first halving."""


def dev(code: bytes = EMBEDDED_CODE) -> ChainSpec:
    """One authority, so a single node makes every block."""
    return _development_chain("Development", "dev", "Development", ("Alice",), code)


def local(code: bytes = EMBEDDED_CODE) -> ChainSpec:
    """Four authorities: the chain of the local devnet."""
    authorities = ("Alice", "Bob", "Charlie", "Dave")
    return _development_chain("Local Testnet", "local_testnet", "Local", authorities, code)


PRESETS: Final[dict[str, Callable[[bytes], ChainSpec]]] = {"dev": dev, "local": local}


def preset(name: str, code: bytes = EMBEDDED_CODE) -> ChainSpec:
    """Answer a preset by name, with the runtime that it begins with."""
    make = PRESETS.get(name)
    if make is None:
        raise SpecError("", f"there is no preset {name}; there are {', '.join(PRESETS)}")
    return make(code)


def genesis_patch(authorities: tuple[str, ...]) -> Json:
    """Tell each pallet its part: Alice may everything, and every development key has funds."""
    balances = {dev_key(name, scheme): _FUNDS for scheme in _WALLETS for name in DEV_NAMES}
    balances[dev_key("Alice")] = _SUDO_FUNDS
    return {
        "balances": {"balances": [[_address(key), funds] for key, funds in balances.items()]},
        "aura": {"authorities": [_address(dev_key(name)) for name in authorities]},
        "grandpa": {
            "authorities": [[_address(dev_key(name, Scheme.ED25519)), 1] for name in authorities]
        },
        "sudo": {"key": _address(dev_key("Alice"))},
        "triumvirateMembers": {"members": [_address(dev_key(name)) for name in DEV_NAMES[:3]]},
        "senateMembers": {"members": [_address(dev_key(name)) for name in DEV_NAMES[3:]]},
        "subtensorModule": {"balancesIssuance": sum(balances.values())},
    }


_WALLETS: Final = (Scheme.SR25519, Scheme.ED25519)


def _development_chain(
    name: str, chain_id: str, chain_type: str, authorities: tuple[str, ...], code: bytes
) -> ChainSpec:
    return ChainSpec(
        name=name,
        id=chain_id,
        chain_type=chain_type,
        properties=dict(BITTENSOR_PROPERTIES),
        genesis=ConfigGenesis(code, genesis_patch(authorities)),
    )


def _address(key: KeyPair) -> str:
    return ss58.encode(key.account)
