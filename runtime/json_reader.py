"""JSON by expectation: what stands there is read as what should, or refused with the place.

Refusals of genesis documents are answers of a runtime API, so their words and columns follow the
reference runtime's reader: an error is placed where the reader stood when it noticed, which for a
wrong value is behind it, and for a wrong whole behind the bracket that closes it.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from primitives.arith import U64_MAX

Read = Callable[["JsonReader"], Any]
"""Reads one value of an expected kind."""

_SPACE: Final = b" \t\n\r"
_DIGITS: Final = range(ord("0"), ord("9") + 1)
_PLAIN_ESCAPES: Final = dict(zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True))
_END: Final = -1
"""Stands for the byte behind the last one."""


class JsonError(Exception):
    """Why a document is refused; without a place until the reader knows it."""

    def __init__(self, reason: str, place: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place

    def told(self, data: bytes) -> str:
        """Reason, line and column."""
        before = data[: len(data) if self.place is None else self.place]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1)
        return f"{self.reason} at line {line} column {column}"


class JsonReader:
    """A document and a place in it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def whole(self, read: Read) -> Any:
        """One value and nothing behind it."""
        value = read(self)
        if self.skip_space() != _END:
            raise self.ahead("trailing characters")
        return value

    def peek(self) -> int:
        """The next byte."""
        return self.data[self.at] if self.at < len(self.data) else _END

    def skip_space(self) -> int:
        """The next byte that is no white space."""
        while self.at < len(self.data) and self.data[self.at] in _SPACE:
            self.at += 1
        return self.peek()

    def begin(self) -> int:
        """The first byte of a value."""
        byte = self.skip_space()
        if byte == _END:
            raise self.ahead("EOF while parsing a value")
        return byte

    def here(self, reason: str) -> JsonError:
        """An error about what was read last."""
        return JsonError(reason, self.at)

    def ahead(self, reason: str) -> JsonError:
        """An error about the next byte."""
        return JsonError(reason, min(len(self.data), self.at + 1))

    def placed(self, error: JsonError) -> JsonError:
        """The error with this place, unless it has one."""
        return error if error.place is not None else self.here(error.reason)

    def word(self, rest: bytes) -> None:
        """The letters behind the first of null, true or false."""
        for letter in rest:
            if self.at >= len(self.data):
                raise self.here("EOF while parsing a value")
            self.at += 1
            if self.data[self.at - 1] != letter:
                raise self.here("expected ident")

    # ------------------------------------------------ what is not wanted
    def unexpected(self, wanted: str) -> JsonError:
        """The error about a value of another kind; reads it if it is a simple one."""
        byte = self.peek()
        words = {ord("n"): (b"ull", "null"), ord("t"): (b"rue", "boolean `true`")}
        words[ord("f")] = b"alse", "boolean `false`"
        if byte in words:
            rest, name = words[byte]
            self.at += 1
            self.word(rest)
            return self.here(f"invalid type: {name}, expected {wanted}")
        if byte == ord("-") or byte in _DIGITS:
            start, number = self.at, self.number()
            if self.data[start : self.at] == b"-0":
                number = 0
            name = "number" if isinstance(number, str) else f"integer `{number}`"
            return self.here(f"invalid type: {name}, expected {wanted}")
        if byte == ord('"'):
            self.at += 1
            return self.here(f"invalid type: string {_quoted(self.text())}, expected {wanted}")
        if byte in b"[{":
            name = "sequence" if byte == ord("[") else "map"
            return self.here(f"invalid type: {name}, expected {wanted}")
        return self.ahead("expected value")

    # ------------------------------------------------ numbers
    def number(self) -> int | str:
        """A whole number, or the name of one that does not fit or has a fraction."""
        start = self.at
        negative = self.peek() == ord("-")
        self.at += negative
        first = self._next("EOF while parsing a value")
        if first not in _DIGITS:
            raise self.here("invalid number")
        if first == ord("0"):
            if self.peek() in _DIGITS:
                raise self.ahead("invalid number")
        else:
            self._digits()
        value = int(self.data[start : self.at])
        is_whole = not self._fraction()
        is_whole = not self._exponent() and is_whole
        if is_whole and (0 < -value <= 1 << 63 if negative else value <= U64_MAX):
            return value
        name = _float_name(self.data[start : self.at].decode())
        if name is None:
            raise self.here("number out of range")
        return name

    def _digits(self) -> int:
        start = self.at
        while self.peek() in _DIGITS:
            self.at += 1
        return self.at - start

    def _fraction(self) -> bool:
        if self.peek() != ord("."):
            return False
        self.at += 1
        if self._digits() == 0:
            is_end = self.peek() == _END
            raise self.ahead("EOF while parsing a value" if is_end else "invalid number")
        return True

    def _exponent(self) -> bool:
        if self.peek() not in (ord("e"), ord("E")):
            return False
        self.at += 1
        if self.peek() in (ord("+"), ord("-")):
            self.at += 1
        if self._next("EOF while parsing a value") not in _DIGITS:
            raise self.here("invalid number")
        self._digits()
        return True

    def _next(self, at_end: str) -> int:
        if self.at >= len(self.data):
            raise self.here(at_end)
        self.at += 1
        return self.data[self.at - 1]

    # ------------------------------------------------ texts
    def text(self) -> str:
        """The rest of a text whose first quotation mark was read."""
        parts = bytearray()
        while (byte := self._next("EOF while parsing a string")) != ord('"'):
            if byte == ord("\\"):
                parts += self._escape()
            elif byte < ord(" "):
                raise self.here("control character (\\u0000-\\u001F) found while parsing a string")
            else:
                parts.append(byte)
        try:
            return parts.decode()
        except UnicodeDecodeError:
            raise self.here("invalid unicode code point") from None

    def _escape(self) -> bytes:
        byte = self._next("EOF while parsing a string")
        if byte in _PLAIN_ESCAPES:
            return bytes((_PLAIN_ESCAPES[byte],))
        if byte != ord("u"):
            raise self.here("invalid escape")
        first = self._hex()
        if 0xDC00 <= first <= 0xDFFF:
            raise self.here("lone leading surrogate in hex escape")
        if not 0xD800 <= first <= 0xDBFF:
            return chr(first).encode()
        for wanted in b"\\u":
            if self._next("EOF while parsing a string") != wanted:
                raise self.here("unexpected end of hex escape")
        second = self._hex()
        if not 0xDC00 <= second <= 0xDFFF:
            raise self.here("lone leading surrogate in hex escape")
        return chr(0x10000 + ((first - 0xD800) << 10 | second - 0xDC00)).encode()

    def _hex(self) -> int:
        if self.at + 4 > len(self.data):
            self.at = len(self.data)
            raise self.here("EOF while parsing a string")
        value = 0
        for _ in range(4):
            self.at += 1
            digit = b"0123456789abcdef".find(bytes((self.data[self.at - 1],)).lower())
            if digit < 0:
                raise self.here("invalid escape")
            value = value << 4 | digit
        return value

    # ------------------------------------------------ brackets
    def closed(self, bracket: str, read: Callable[[], Any]) -> Any:
        """What is between brackets, the first of which was read; its errors count first."""
        value: Any = None
        failure: JsonError | None = None
        try:
            value = read()
        except JsonError as error:
            failure = error
        try:
            self._close(bracket)
        except JsonError as error:
            failure = failure or error
        if failure is not None:
            raise self.placed(failure)
        return value

    def _close(self, bracket: str) -> None:
        byte = self.skip_space()
        if byte == ord(bracket):
            self.at += 1
            return
        if byte == _END:
            raise self.ahead(f"EOF while parsing {_WHOLES[bracket]}")
        if byte == ord(",") and bracket == "]":
            self.at += 1
            if self.skip_space() == ord("]"):
                raise self.ahead("trailing comma")
        elif byte == ord(","):
            raise self.ahead("trailing comma")
        raise self.ahead("trailing characters")

    def more(self, bracket: str, *, is_first: bool) -> bool:
        """Whether another item follows; reads the comma before it."""
        byte = self.skip_space()
        if byte == _END:
            raise self.ahead(f"EOF while parsing {_WHOLES[bracket]}")
        if byte == ord(bracket):
            return False
        if not is_first:
            if byte != ord(","):
                raise self.ahead(f"expected `,` or `{bracket}`")
            self.at += 1
            byte = self.begin()
            if byte == ord(bracket):
                raise self.ahead("trailing comma")
        return True

    def key(self) -> str:
        """A key of an object."""
        if self.peek() != ord('"'):
            raise self.ahead("key must be a string")
        self.at += 1
        return self.text()

    def colon(self) -> None:
        """What stands between key and value."""
        byte = self.skip_space()
        if byte != ord(":"):
            raise self.ahead("EOF while parsing an object" if byte == _END else "expected `:`")
        self.at += 1


_WHOLES: Final = {"]": "a list", "}": "an object"}


def _float_name(text: str) -> str | None:
    """A number with 17 digits at most, in plain form where that is short; None if too large."""
    mantissa, _, power = text.lower().removeprefix("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    exponent = int(power or "0") - len(fraction)
    digits = (whole + fraction).lstrip("0") or "0"
    if len(digits) > _FLOAT_DIGITS:
        cut = len(digits) - _FLOAT_DIGITS
        rounded = (int(digits) * 2 + 10**cut) // (2 * 10**cut)
        digits, exponent = str(rounded), exponent + cut
    short = digits.rstrip("0") or "0"
    exponent += len(digits) - len(short)
    if short == "0" or len(short) + exponent < _SMALLEST:
        short, exponent = "0", 0
    if len(short) + exponent > _LARGEST:
        return None
    return f"floating point `{'-' * text.startswith('-')}{_decimal(short, exponent)}`"


_FLOAT_DIGITS: Final = 17
"""Decimal digits that tell any two 64-bit floating point numbers apart."""
_SMALLEST, _LARGEST = -323, 309
"""Powers of ten between which such numbers lie."""
_PLAIN_DIGITS: Final = 16
"""Numbers with more digits before the point are written with an exponent."""
_PLAIN_ZEROS: Final = -5
"""So are those with so many zeros behind it."""


def _decimal(digits: str, exponent: int) -> str:
    point = len(digits) + exponent
    if exponent >= 0 and point <= _PLAIN_DIGITS:
        return digits + "0" * exponent + ".0"
    if 0 < point <= _PLAIN_DIGITS:
        return f"{digits[:point]}.{digits[point:]}"
    if _PLAIN_ZEROS < point <= 0:
        return f"0.{'0' * -point}{digits}"
    return f"{digits[0]}{'.' * (len(digits) > 1)}{digits[1:]}e{point - 1}"


def _quoted(text: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
    shown = (
        escapes.get(letter, letter if letter.isprintable() else f"\\u{{{ord(letter):x}}}")
        for letter in text
    )
    return f'"{"".join(shown)}"'


def one_of(names: Sequence[str]) -> str:
    """Names as an error lists them."""
    quoted = [f"`{name}`" for name in names]
    match len(quoted):
        case 0:
            return "there are no fields"
        case 1:
            return f"expected {quoted[0]}"
        case 2:
            return f"expected {quoted[0]} or {quoted[1]}"
        case _:
            return f"expected one of {', '.join(quoted)}"
