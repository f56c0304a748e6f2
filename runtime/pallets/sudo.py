"""Sudo: one key that may act as root."""

from typing import Any, Final

from primitives import ss58
from primitives.types import AccountId
from runtime.framework.address import MultiAddress, lookup
from runtime.framework.calls import RuntimeCall, call
from runtime.framework.errors import DispatchResult, PalletError, ensure
from runtime.framework.events import Event
from runtime.framework.origin import Origin, ensure_signed_or_root
from runtime.framework.pallet import Pallet
from runtime.framework.storage import StorageValue, storage_value
from runtime.framework.weights import Pays, PostInfo, Weight, db_weight
from runtime.pallets.nested import attempt

SUDO: Final = Weight(10_931_000, 1517) + db_weight(1, 0)
SUDO_AS: Final = Weight(10_800_000, 1517) + db_weight(1, 0)
SET_KEY: Final = Weight(10_076_000, 1517) + db_weight(1, 1)
REMOVE_KEY: Final = Weight(8_846_000, 1517) + db_weight(1, 1)


class Sudid(Event, index=0):
    """A call was made as root."""

    sudo_result: DispatchResult


class KeyChanged(Event, index=1):
    """Another key holds sudo."""

    old: AccountId | None
    new: AccountId


class KeyRemoved(Event, index=2):
    """Nobody holds sudo any more."""


class SudoAsDone(Event, index=3):
    """A call was made in some account's name."""

    sudo_result: DispatchResult


class RequireSudo(PalletError, index=0):
    """The signer does not hold sudo."""


class Sudo(Pallet):
    """One account speaks for root."""

    rust_module = "pallet_sudo::pallet"
    events = (Sudid, KeyChanged, KeyRemoved, SudoAsDone)
    errors = (RequireSudo,)

    key: StorageValue[AccountId | None] = storage_value()
    """The account that may act as root, if there is one."""

    def genesis_default(self) -> dict[str, Any]:
        """No key, so no sudo."""
        return {"key": None}

    def genesis_build(self, config: dict[str, Any]) -> None:
        """Store the key, if one is named."""
        if config["key"] is not None:
            self.key.put(AccountId(ss58.decode(config["key"])[0]))

    def _ensure_sudo(self, origin: Origin) -> None:
        """Root itself may also ask: one sudo call may stand inside another."""
        who = ensure_signed_or_root(origin)
        ensure(who is None or who == self.key.get(), RequireSudo)

    @call(
        index=0,
        weight=lambda self, call: SUDO + self.ctx.info_of(call).weight,
        dispatch_class=lambda self, call: self.ctx.info_of(call).class_,
    )
    def sudo(self, origin: Origin, call: RuntimeCall) -> PostInfo:
        """Make a call as root, free of charge."""
        self._ensure_sudo(origin)
        outcome = attempt(self.ctx.dispatch_bypass_filter, call, Origin.root())
        self.deposit(Sudid(outcome.result))
        return PostInfo(pays_fee=Pays.NO)

    @call(
        index=1,
        weight=lambda _self, _call, weight: weight,
        dispatch_class=lambda self, call, _weight: self.ctx.info_of(call).class_,
    )
    def sudo_unchecked_weight(
        self,
        origin: Origin,
        call: RuntimeCall,
        weight: Weight,  # noqa: ARG002
    ) -> PostInfo:
        """Make a call as root at a weight of the signer's choosing, free of charge."""
        self._ensure_sudo(origin)
        outcome = attempt(self.ctx.dispatch_bypass_filter, call, Origin.root())
        self.deposit(Sudid(outcome.result))
        return PostInfo(pays_fee=Pays.NO)

    @call(index=2, weight=SET_KEY)
    def set_key(self, origin: Origin, new: MultiAddress) -> PostInfo:
        """Hand sudo to another account, free of charge."""
        self._ensure_sudo(origin)
        new_key = lookup(new)
        self.deposit(KeyChanged(self.key.get(), new_key))
        self.key.put(new_key)
        return PostInfo(pays_fee=Pays.NO)

    @call(
        index=3,
        weight=lambda self, _who, call: SUDO_AS + self.ctx.info_of(call).weight,
        dispatch_class=lambda self, _who, call: self.ctx.info_of(call).class_,
    )
    def sudo_as(self, origin: Origin, who: MultiAddress, call: RuntimeCall) -> PostInfo:
        """Make a call in any account's name, free of charge."""
        self._ensure_sudo(origin)
        someone = Origin.signed(lookup(who))
        outcome = attempt(self.ctx.dispatch_bypass_filter, call, someone)
        self.deposit(SudoAsDone(outcome.result))
        return PostInfo(pays_fee=Pays.NO)

    @call(index=4, weight=REMOVE_KEY)
    def remove_key(self, origin: Origin) -> PostInfo:
        """Give sudo up for good, free of charge."""
        self._ensure_sudo(origin)
        self.deposit(KeyRemoved())
        self.key.kill()
        return PostInfo(pays_fee=Pays.NO)
