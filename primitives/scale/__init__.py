"""SCALE: the codec of everything hashed, signed, stored in state or seen by other programs."""
