"""`python -m node`: the same as `taonode`."""

from node.cli import main

main(prog_name="taonode")
