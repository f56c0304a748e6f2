"""The log: one line per event, a sentence or Substrate's own words, then key=value fields."""

import logging
import sys
from typing import Final, TextIO

from primitives.types import Hash

LINE: Final = "%(asctime)s.%(msecs)03d %(levelname)-5s %(name)s: %(message)s"
TIME: Final = "%Y-%m-%d %H:%M:%S"

LEVELS: Final = {
    "off": logging.CRITICAL + 1,
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": logging.DEBUG,
}
"""Substrate's names of levels."""


class LogFilter(dict[str, int]):
    """Levels by target, the empty name being the rest: `info,p2p=debug`."""

    @classmethod
    def parse(cls, text: str) -> "LogFilter":
        """Read `--log`; ValueError says what is wrong with it."""
        levels = cls({"": logging.INFO})
        for part in filter(None, (part.strip() for part in text.split(","))):
            target, _, level = part.rpartition("=")
            if level.lower() not in LEVELS:
                raise ValueError(f"{level!r} is no log level; there are {', '.join(LEVELS)}")
            levels[target] = LEVELS[level.lower()]
        return levels


def start_logging(levels: LogFilter, stream: TextIO = sys.stderr) -> None:
    """Write the log of this process to a stream."""
    logging.addLevelName(logging.WARNING, "WARN")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter(LINE, TIME))
    logging.basicConfig(level=levels.get("", logging.INFO), handlers=[handler], force=True)
    for target, level in levels.items():
        if target:
            logging.getLogger(target).setLevel(level)


def short_hash(block: Hash) -> str:
    """A hash as Substrate's lines show it: `0x1234…abcd`."""
    text = block.hex()
    return f"0x{text[:4]}…{text[-4:]}"
