"""What several verbs take: a chain by name or file, a base path, and how errors are shown."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from genesis.errors import SpecError
from genesis.presets import PRESETS
from genesis.spec import ChainSpec, load_spec
from node.config import MOST_STATES, SPEED_LIMITS, ConfigError, StorageConfig
from node.executor.archive.shipped import archive_of_spec, spec_versions
from node.executor.code import describe_code
from node.executor.policy import OnchainCode
from node.executor.runtimes import Runtimes
from node.whole_file import FULL_OR_BROKEN
from primitives.errors import ChainError, InvariantBroken
from primitives.key_uri import KeyUriError
from storage.database import ARCHIVE

_Command = TypeVar("_Command", bound=Callable[..., Any])

DEFAULT_CHAIN: Final = "local"
DATA_HOME: Final = "XDG_DATA_HOME"
ARCHIVES: Final = ("archive", "archive-canonical")
"""What `--pruning` calls keeping all states."""

_EXPONENT: Final = re.compile(r"[eE][+-]?0*(\d+)")
_EXPONENT_DIGITS: Final = 3

_EXPECTED: Final = (ChainError, ConfigError, SpecError, KeyUriError, OSError)
"""What may go wrong in normal operation; of the system's errors, those that name a file,
and those of a write to standard output."""


dev_flag: Final = click.option("--dev", is_flag=True, help="The development chain.")
chain_flag: Final = click.option(
    "--chain",
    default=DEFAULT_CHAIN,
    show_default=True,
    help="A preset (dev, local) or a chain spec file.",
)
base_path_flag: Final = click.option(
    "-d",
    "--base-path",
    type=click.Path(path_type=Path),
    help="Where the node lives. [default: taonode in $XDG_DATA_HOME, else in ~/.local/share]",
)
onchain_code_flag: Final = click.option(
    "--onchain-code",
    type=click.Choice([choice.value for choice in OnchainCode]),
    default=OnchainCode.ANY.value,
    show_default=True,
    help="Which Python runtimes to take from the chain.",
)
speed_flag: Final = click.option(
    "--speed",
    help="How many times faster than wall time the chain lives: 48, 1/2, or 0 for a time that "
    "stands. [default: what the chain spec says]",
)
pruning_flag: Final = click.option(
    "--pruning",
    default=ARCHIVES[0],
    show_default=True,
    metavar="archive|N",
    help="archive, or how many states of the newest finalized blocks to keep.",
)


def code_flags(command: _Command) -> _Command:
    """Flags that choose what a preset begins with: a release, or any runtime in a file."""
    spec_flag = click.option(
        "--spec",
        "spec_version",
        type=click.Choice([str(version) for version in spec_versions()]),
        help=f"Which release of the runtime a preset begins with. [default: {spec_versions()[-1]}]",
    )
    runtime_flag = click.option(
        "--runtime",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Begin with the runtime in FILE instead: a Python archive or a Wasm blob.",
    )
    return spec_flag(runtime_flag(command))


def genesis_code(spec_version: str | None, runtime: Path | None) -> bytes:
    """The runtime that the flags choose; without any, the newest release."""
    if runtime is None:
        return archive_of_spec(spec_versions()[-1] if spec_version is None else int(spec_version))
    if spec_version is not None:
        raise click.UsageError("--spec and --runtime both say what to begin with; give one of them")
    code = runtime.read_bytes()
    if Runtimes().version_of(code) is None:
        what = f"holds no runtime, but is {describe_code(code)}"
        raise ConfigError("--runtime", f"{runtime} {what}{_reason(code)}")
    return code


def _reason(code: bytes) -> str:
    """Why code that looks like a runtime is none, as a clause."""
    try:
        Runtimes().of(code)
    except ChainError as error:
        reason = str(error).removeprefix(f"the code is {describe_code(code)}")
        return reason if reason.startswith((",", ";")) else f": {reason}"
    return ""


def choose_spec(
    chain: str, spec_version: str | None = None, runtime: Path | None = None
) -> ChainSpec:
    """A preset by its name, with a runtime to begin with, or the chain spec in a file."""
    make = PRESETS.get(chain)
    if make is not None:
        return make(genesis_code(spec_version, runtime))
    if not Path(chain).exists():
        raise SpecError("", f"{chain} is neither a file nor one of: {', '.join(PRESETS)}")
    if (spec_version, runtime) != (None, None):
        flag = "--spec" if runtime is None else "--runtime"
        raise SpecError("", f"{flag} is for presets; {chain} says itself which runtime it has")
    return load_spec(Path(chain))


def read_pruning(text: str) -> int:
    """How many states `--pruning` keeps."""
    if text in ARCHIVES:
        return ARCHIVE
    if not text.isdecimal():
        problem = f"must be {ARCHIVES[0]} or a number of states, not {text!r}"
        raise ConfigError("--pruning", problem)
    digits = text.lstrip("0") or "0"
    if len(digits) > len(str(MOST_STATES)) or int(digits) > MOST_STATES:
        problem = f"must be at most {MOST_STATES} states; `{ARCHIVES[0]}` keeps all"
        raise ConfigError("--pruning", problem)
    return int(digits)


def read_speed(text: str | None) -> Fraction | None:
    """The speed that `--speed` asks for, if it does."""
    if text is None:
        return None
    if any(len(exponent) > _EXPONENT_DIGITS for exponent in _EXPONENT.findall(text)):
        raise ConfigError("--speed", SPEED_LIMITS)  # such powers take long, and all the memory
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        problem = f"must be a number or a fraction, as 48 or 1/2, not {text!r}"
        raise ConfigError("--speed", problem) from None


def default_base_path() -> Path:
    """Where nodes of this user keep their chains."""
    home = os.environ.get(DATA_HOME)
    return (Path(home) if home else Path.home() / ".local/share") / "taonode"


def chain_directory(base_path: Path | None, spec: ChainSpec) -> Path:
    """Where one chain lies below a base path, as in Substrate."""
    return (base_path or default_base_path()) / "chains" / spec.id


def database_directory(base_path: Path | None, spec: ChainSpec) -> Path:
    """Where the database of one chain lies below a base path."""
    database = StorageConfig(chain_directory(base_path, spec)).database
    assert database is not None  # only chains without a directory have none
    return database


@contextmanager
def clear_errors() -> Iterator[None]:
    """Show what may go wrong in normal operation as one line each, and everything else whole."""
    try:
        yield
    except (*_EXPECTED, BaseExceptionGroup) as error:
        causes = list(_causes(error))
        if not all(map(_is_expected, causes)):
            raise
        for text in _told_once(causes):
            click.echo(f"Error: {text}", err=True)
        sys.exit(1)


def _told_once(causes: list[BaseException]) -> list[str]:
    """The texts, but for those that are part of another: several tasks may meet one obstacle."""
    texts = list(dict.fromkeys(map(_text_of, causes)))
    return [text for text in texts if not any(text in other != text for other in texts)]


def _causes(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _causes(inner)
    else:
        yield error


def _is_expected(error: BaseException) -> bool:
    if isinstance(error, InvariantBroken):
        return False
    if isinstance(error, OSError):
        return error.filename is not None or error.errno in FULL_OR_BROKEN
    return isinstance(error, _EXPECTED)


def _text_of(error: BaseException) -> str:
    if isinstance(error, OSError):
        place = error.filename or "the output"
        return f"{place}: {error.strerror}; choose another path, or make room for it"
    return str(error)
