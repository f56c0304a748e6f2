"""What can go wrong in the codec: bytes that are no value, and values that are no bytes."""


class ScaleError(ValueError):
    """The bytes are not the strict encoding of the wanted type."""


class ScaleRangeError(ScaleError):
    """The value lies outside what its type can hold."""
