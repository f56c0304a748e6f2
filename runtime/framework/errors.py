"""Why a call failed: dispatch errors as exceptions, and their form on the wire."""

from enum import IntEnum
from typing import ClassVar, NoReturn, Protocol, Self

from primitives.scale.containers import Err, Ok
from primitives.scale.records import Enumeration, scale_enum, scale_struct
from primitives.types import U8, Bytes4
from runtime.framework.weights import PostInfo


class Panic(Exception):
    """The runtime cannot go on with this block or call: what a Wasm runtime would trap on."""


@scale_enum("sp_runtime::TokenError")
class Token(IntEnum):
    """Why tokens could not be moved."""

    FUNDS_UNAVAILABLE = 0
    ONLY_PROVIDER = 1
    BELOW_MINIMUM = 2
    CANNOT_CREATE = 3
    UNKNOWN_ASSET = 4
    FROZEN = 5
    UNSUPPORTED = 6
    CANNOT_CREATE_HOLD = 7
    NOT_EXPENDABLE = 8
    BLOCKED = 9


@scale_enum("sp_arithmetic::ArithmeticError")
class Arithmetic(IntEnum):
    """Which bound a calculation left."""

    UNDERFLOW = 0
    OVERFLOW = 1
    DIVISION_BY_ZERO = 2


@scale_enum("sp_runtime::TransactionalError")
class Transactional(IntEnum):
    """Why a storage layer could not be opened."""

    LIMIT_REACHED = 0
    NO_LAYER = 1


@scale_struct("sp_runtime::ModuleError")
class ModuleError:
    """A pallet's own error: pallet index, and the error's index in the first of four bytes."""

    index: U8
    error: Bytes4


class Failure(Enumeration, path="sp_runtime::DispatchError"):
    """A dispatch error as events and results carry it."""


class FailureOther(Failure, index=0, name="Other"):
    """Said in words that are not encoded."""


class FailureCannotLookup(Failure, index=1, name="CannotLookup"):
    """An address that stands for no account."""


class FailureBadOrigin(Failure, index=2, name="BadOrigin"):
    """The origin may not do this."""


class FailureModule(Failure, index=3, name="Module", unnamed=True):
    """A pallet's own error."""

    error: ModuleError


class FailureConsumerRemaining(Failure, index=4, name="ConsumerRemaining"):
    """The account is still needed by something."""


class FailureNoProviders(Failure, index=5, name="NoProviders"):
    """Nothing keeps the account alive."""


class FailureTooManyConsumers(Failure, index=6, name="TooManyConsumers"):
    """No further consumer reference fits."""


class FailureToken(Failure, index=7, name="Token", unnamed=True):
    """Tokens could not be moved."""

    error: Token


class FailureArithmetic(Failure, index=8, name="Arithmetic", unnamed=True):
    """A calculation left its bounds."""

    error: Arithmetic


class FailureTransactional(Failure, index=9, name="Transactional", unnamed=True):
    """A storage layer could not be opened."""

    error: Transactional


class FailureExhausted(Failure, index=10, name="Exhausted"):
    """Some resource ran out."""


class FailureCorruption(Failure, index=11, name="Corruption"):
    """The state does not make sense."""


class FailureUnavailable(Failure, index=12, name="Unavailable"):
    """Something is not there now, but may be later."""


class FailureRootNotAllowed(Failure, index=13, name="RootNotAllowed"):
    """Root may not do this."""


DispatchResult = Ok[None] | Err[Failure]
"""`Result<(), DispatchError>`, as many events carry it."""


class DispatchError(Exception):
    """A call failed: its storage changes are undone, the extrinsic stays in the block."""

    failure: Failure = FailureOther()

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.post = PostInfo()

    def with_post(self, post: PostInfo) -> Self:
        """Say what weight was used and whether the signer pays although the call failed."""
        self.post = post
        return self


class Other(DispatchError):
    """A failure told in words only."""


class CannotLookup(DispatchError):
    """The address stands for no account."""

    failure = FailureCannotLookup()


class BadOrigin(DispatchError):
    """The origin may not make this call."""

    failure = FailureBadOrigin()


class ConsumerRemaining(DispatchError):
    """The account cannot go while something needs it."""

    failure = FailureConsumerRemaining()


class NoProviders(DispatchError):
    """The account does not exist, so nothing can refer to it."""

    failure = FailureNoProviders()


class TooManyConsumers(DispatchError):
    """No further consumer reference fits."""

    failure = FailureTooManyConsumers()


class TokenError(DispatchError):
    """Tokens could not be moved."""

    def __init__(self, reason: Token) -> None:
        super().__init__(reason.name)
        self.failure = FailureToken(reason)


class ArithmeticFailure(DispatchError):
    """A calculation left its bounds."""

    def __init__(self, reason: Arithmetic) -> None:
        super().__init__(reason.name)
        self.failure = FailureArithmetic(reason)


class Exhausted(DispatchError):
    """Some resource ran out."""

    failure = FailureExhausted()


class Corruption(DispatchError):
    """The state does not make sense."""

    failure = FailureCorruption()


class Unavailable(DispatchError):
    """Something is not there now, but may be later."""

    failure = FailureUnavailable()


class RootNotAllowed(DispatchError):
    """Root may not make this call."""

    failure = FailureRootNotAllowed()


class HasIndex(Protocol):
    """Anything that knows its place in the runtime: a pallet."""

    index: int


class PalletError(DispatchError):
    """Base of a pallet's own errors; the class name is the variant's name."""

    error_index: ClassVar[int]
    variant_name: ClassVar[str]
    pallet_index: int | None = None

    def __init_subclass__(cls, *, index: int, name: str | None = None) -> None:
        cls.error_index = index
        cls.variant_name = name or cls.__name__

    def of(self, pallet: HasIndex) -> Self:
        """Say whose error it is, where two instances of a pallet share the class."""
        if self.pallet_index is None:
            self.pallet_index = pallet.index
            self.failure = FailureModule(
                ModuleError(U8(pallet.index), Bytes4(bytes((self.error_index, 0, 0, 0))))
            )
        return self


class CallFiltered(PalletError, index=5):
    """The origin's filter does not let this call through."""


def ensure(condition: bool, error: type[PalletError] | type[DispatchError]) -> None:  # noqa: FBT001
    """Raise the error unless the condition holds."""
    if not condition:
        raise error


def panic(reason: str) -> NoReturn:
    """Stop the block or call as a Rust panic would."""
    raise Panic(reason)
