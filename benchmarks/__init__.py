"""Programs that measure, or reproduce what others measured; none of them is part of the node."""
