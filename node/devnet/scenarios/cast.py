"""Who plays in the staking scenario: keys of both kinds, what they stake, what they weigh."""

from dataclasses import dataclass
from itertools import cycle
from typing import Final

from genesis.dev_keys import dev_key
from node.devnet.chain_client import Account
from primitives.scheme import Scheme
from primitives.types import RAO_PER_TAO, Balance

VALIDATOR_STAKES: Final = (500, 300, 200)
"""TAO of each validator: no one has a majority alone, any two have."""
MINER_WEIGHTS: Final = (1, 2, 3, 4, 5)
"""What the validators make of the miners: each is better than the one before."""

_SCHEMES: Final = (Scheme.SR25519, Scheme.ED25519)


@dataclass(frozen=True, slots=True)
class Player:
    """A neuron to be: the coldkey pays and owns, the hotkey works."""

    coldkey: Account
    hotkey: Account

    @property
    def name(self) -> str:
        return self.hotkey.name


@dataclass(frozen=True, slots=True)
class Cast:
    """All accounts of the scenario."""

    sudo: Account
    owner: Account
    nominator: Account
    validators: tuple[Player, ...]
    miners: tuple[Player, ...]

    @property
    def players(self) -> tuple[Player, ...]:
        """All who register, the validators first."""
        return self.validators + self.miners


def cast() -> Cast:
    """The accounts, new ones for each run: their nonces are those of a fresh chain."""
    schemes = cycle(_SCHEMES)
    validators = tuple(
        Player(_account(owner, scheme), _account(f"{owner}//validator", scheme))
        for owner, scheme in zip(("Bob", "Charlie", "Dave"), schemes, strict=False)
    )
    miners = tuple(
        Player(_account(f"Miner{number}", scheme), _account(f"Miner{number}//hotkey", scheme))
        for number, scheme in zip(range(1, len(MINER_WEIGHTS) + 1), schemes, strict=False)
    )
    return Cast(
        sudo=_account("Alice", Scheme.SR25519),
        owner=_account("Eve", Scheme.ED25519),
        nominator=_account("Ferdie", Scheme.ED25519),
        validators=validators,
        miners=miners,
    )


def _account(name: str, scheme: Scheme) -> Account:
    return Account(f"//{name}", dev_key(name, scheme))


def taos(amount: int) -> Balance:
    """An amount of whole TAO in rao."""
    return Balance(amount * RAO_PER_TAO)
