"""What every layer shares: units, SCALE, hashing, keys, blocks, extrinsics. Knows nobody."""
