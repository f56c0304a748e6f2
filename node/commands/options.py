"""What several verbs take: a chain by name or file, a base path, and how errors are shown."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from genesis.errors import SpecError
from genesis.presets import PRESETS
from genesis.spec import ChainSpec, load_spec
from node.config import ConfigError
from node.executor.archive.build import installed_archive
from primitives.errors import ChainError, InvariantBroken
from primitives.key_uri import KeyUriError

DEFAULT_CHAIN: Final = "local"
DATA_HOME: Final = "XDG_DATA_HOME"

_EXPECTED: Final = (ChainError, ConfigError, SpecError, KeyUriError, OSError)
"""What may go wrong in normal operation; of the system's errors, those that name a file."""


def choose_spec(chain: str) -> ChainSpec:
    """A preset by its name, or the chain spec in a file."""
    make = PRESETS.get(chain)
    if make is not None:
        return make(installed_archive())
    if not Path(chain).exists():
        raise SpecError("", f"{chain} is neither a file nor one of: {', '.join(PRESETS)}")
    return load_spec(Path(chain))


def default_base_path() -> Path:
    """Where nodes of this user keep their chains."""
    home = os.environ.get(DATA_HOME)
    return (Path(home) if home else Path.home() / ".local/share") / "taonode"


def chain_directory(base_path: Path | None, spec: ChainSpec) -> Path:
    """Where one chain lies below a base path, as in Substrate."""
    return (base_path or default_base_path()) / "chains" / spec.id


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
        return error.filename is not None
    return isinstance(error, _EXPECTED)


def _text_of(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}; choose another path, or make room for it"
    return str(error)
