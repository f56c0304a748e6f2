"""Where the program begins: the command line, if the installed runtime lets it come to life."""

import sys

from runtime.framework.distinct import Doubled


def main() -> None:
    """Run `taonode`. Everything it does begins with the installed runtime."""
    try:
        from node.cli import main as command_line
    except Doubled as error:
        sys.exit(f"Error: the installed runtime does not load: {error}")
    command_line(prog_name="taonode")
