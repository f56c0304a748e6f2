"""Addresses as extrinsics and calls carry them, and the account each stands for."""

from primitives.scale.records import Enumeration
from primitives.scale.types import Compact
from primitives.types import AccountId, Bytes20, Bytes32
from runtime.framework.errors import CannotLookup


class MultiAddress(
    Enumeration,
    path="sp_runtime::multiaddress::MultiAddress",
    parameters=(("AccountId", AccountId), ("AccountIndex", tuple[()])),
):
    """One of the ways to name an account; this chain understands only the first."""


class IdAddress(MultiAddress, index=0, name="Id", unnamed=True):
    """The account's own id."""

    account: AccountId


class IndexAddress(MultiAddress, index=1, name="Index", unnamed=True):
    """An account index; the chain has none, so it is empty."""

    account_index: Compact[tuple[()]]


class RawAddress(MultiAddress, index=2, name="Raw", unnamed=True):
    """Some bytes."""

    data: bytes


class Address32(MultiAddress, index=3, unnamed=True):
    """Thirty-two bytes that are no account id."""

    data: Bytes32


class Address20(MultiAddress, index=4, unnamed=True):
    """Twenty bytes, as Ethereum has them."""

    data: Bytes20


def lookup(address: MultiAddress) -> AccountId:
    """The account an address stands for.

    Raises:
        CannotLookup: it is not the id form.
    """
    if isinstance(address, IdAddress):
        return address.account
    raise CannotLookup
