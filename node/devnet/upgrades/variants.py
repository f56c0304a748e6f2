"""Next runtimes: the newest release with a few lines changed, as somebody might change them.

Each is made of texts that are replaced in its sources. A text that is not there, or twice, is an
error: the release has moved on, and the variant has to follow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from node.devnet.errors import DevnetError
from node.executor.archive.build import archive_of
from node.executor.archive.format import Archive, Manifest, pack, unpack
from node.executor.archive.shipped import archive_of_spec, spec_versions
from primitives.scale.types import encode
from primitives.types import U32
from runtime.pallets.system_types import RuntimeVersion
from runtime.version import VERSION

NEWEST: Final = spec_versions()[-1]
"""The release that variants are made of, and that chains begin with which upgrade to them."""
BEFORE: Final = spec_versions()[-2]
"""The release before it, which it migrates the data of."""

_VERSION: Final = "runtime/version.py"
_SUBTENSOR: Final = "runtime/pallets/subtensor/pallet.py"
_ADMIN: Final = "runtime/pallets/admin_utils.py"
_COMMITMENTS: Final = "runtime/pallets/commitments.py"
_MIGRATIONS: Final = "runtime/pallets/subtensor/migrations.py"
_CALLS: Final = "runtime/pallets/subtensor/calls.py"

_HOOK: Final = "        return migrations.migrate(self)\n"
_RATE: Final = "self.subtensor.tx_rate_limit"


@dataclass(frozen=True, slots=True)
class Edit:
    """A text in a file, and what stands there instead."""

    path: str
    old: str
    new: str


def newest() -> bytes:
    """The newest release."""
    return archive_of_spec(NEWEST)


def numbered(number: int) -> Edit:
    """Another spec version."""
    return Edit(_VERSION, f"SPEC_VERSION = {NEWEST}\n", f"SPEC_VERSION = {number}\n")


def renamed(name: str) -> Edit:
    """Another spec name: the runtime of another chain."""
    return Edit(_VERSION, f'spec_name="{VERSION.spec_name}"', f'spec_name="{name}"')


TALKATIVE: Final = (
    Edit(
        _COMMITMENTS,
        "class Commitments(Pallet):\n",
        "class Said(Event, index=1):\n"
        '    """Somebody said something."""\n\n'
        "    who: AccountId\n"
        "    words: bytes\n\n\n"
        "class Commitments(Pallet):\n",
    ),
    Edit(_COMMITMENTS, "    events = (CommitmentSet,)\n", "    events = (CommitmentSet, Said)\n"),
    Edit(
        _COMMITMENTS,
        "        self.deposit(CommitmentSet(netuid=netuid, who=who))\n",
        "        self.deposit(CommitmentSet(netuid=netuid, who=who))\n\n"
        "    @call(index=1, weight=Weight(10_000_000))\n"
        "    def say(self, origin: Origin, words: bytes) -> None:\n"
        '        """Say something in public, without keeping it."""\n'
        "        self.deposit(Said(who=ensure_signed(origin), words=words))\n",
    ),
)
"""A new call with an event of its own: `Commitments.say`."""

FORGETFUL: Final = (
    Edit(_MIGRATIONS, "        + queue_commits(pallet)\n", ""),
    Edit(
        _MIGRATIONS,
        "from runtime.pallets.subtensor.migration_186 import queue_commits\n",
        "",
    ),
)
"""The new types without the migration that makes the stored data fit them."""

MISNUMBERED: Final = (
    Edit(_MIGRATIONS, "STORAGE_VERSION: Final = 7\n", "STORAGE_VERSION: Final = 8\n"),
)
"""The code says another version of its storage than its migrations write."""

REPEATING: Final = (
    Edit(
        _SUBTENSOR,
        _HOOK,
        "        self.tx_rate_limit.put(self.tx_rate_limit.get() + 1)\n" + _HOOK,
    ),
)
"""A migration that does not know that it ran."""

RAISING: Final = (Edit(_SUBTENSOR, _HOOK, '        raise ValueError("a row without an owner")\n'),)
"""A migration that meets something that its author did not think of."""

HEAVY: Final = (
    Edit(
        _SUBTENSOR,
        _HOOK,
        "        waiting = len(self.ctx.host.keys(self.weight_commits.prefix))\n"
        "        return migrations.migrate(self) + Weight(600_000_000_000).mul(waiting)\n",
    ),
)
"""A migration that needs 0.6 s for each commit that waits."""

BREAKING: Final = (
    Edit(
        _SUBTENSOR,
        _HOOK,
        "        for netuid in self.tempo.keys():\n"
        "            self.tempo.insert(netuid, 0)\n" + _HOOK,
    ),
    Edit(
        "runtime/pallets/balances.py",
        "        self.transfer(source, lookup(dest), value, keep_alive=True)\n",
        "        raise TokenError(Token.FROZEN)\n",
    ),
)
"""A migration that stops the epochs of every subnet, and rules that stop every transfer."""

MENDING: Final = (
    Edit(
        _SUBTENSOR,
        _HOOK,
        "        for netuid in self.tempo.keys():\n"
        "            if self.tempo.get(netuid) == 0:\n"
        "                self.tempo.insert(netuid, 100 if netuid == 0 else 99)\n" + _HOOK,
    ),
)
"""A migration that repairs what the one before has broken."""

MOVED: Final = (Edit(_CALLS, "        index=98,\n", "        index=99,\n"),)
"""A call under another number, and none for the new meaning of what is signed."""


def depending_on_order() -> tuple[Edit, ...]:
    """Two pallets that migrate the same value, one by adding and one by doubling."""
    hook = (
        "    def on_runtime_upgrade(self) -> Weight:\n"
        '        """Double it."""\n'
        f"        {_RATE}.put(2 * {_RATE}.get())\n"
        "        return ZERO_WEIGHT\n\n"
    )
    return (*REPEATING, Edit(_ADMIN, "    @call(index=0,", hook + "    @call(index=0,"))


@cache
def variant(*edits: Edit) -> bytes:
    """The archive of the newest release with these changes.

    Raises:
        ArchiveRefused: no node would run it.
    """
    return archive_of(edited(*edits))


def edited(*edits: Edit) -> dict[str, bytes]:
    """The sources of the newest release with these changes."""
    sources = dict(unpack(newest()).sources)
    for edit in edits:
        text = sources[edit.path].decode()
        if text.count(edit.old) != 1:
            raise DevnetError(f"{edit.path} does not have {edit.old!r} once")
        sources[edit.path] = text.replace(edit.old, edit.new).encode()
    return sources


def unchecked(version: int, sources: Mapping[str, bytes]) -> bytes:
    """An archive as it would be if nobody had looked at its sources."""
    said = replace(VERSION, spec_version=U32(version))
    return pack(Archive(Manifest.of(said, sources), sources))


def module_that_says(version: int) -> bytes:
    """A WebAssembly module of nothing but its version, for an upgrade that reads no further."""
    said = replace(VERSION, spec_version=U32(version))
    return b"\0asm\1\0\0\0" + _section(b"runtime_version", encode(RuntimeVersion, said))


def _section(name: bytes, content: bytes) -> bytes:
    """A custom section; its lengths are below 2^14, so two digits of seven bits are enough."""
    body = bytes((len(name),)) + name + content
    return b"\0" + bytes((len(body) & 0x7F | 0x80, len(body) >> 7)) + body
