"""From a chain spec to the state a chain begins with."""
