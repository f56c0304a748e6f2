"""`python -m node`: the same as `taonode`."""

from node.entry import main

main()
