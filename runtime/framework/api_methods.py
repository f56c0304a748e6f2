"""Methods of runtime APIs: a decorator that declares one, and the table they are called by."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Any, TypeVar, get_type_hints

from primitives.scale.codec import AnyCodec
from primitives.scale.errors import ScaleError
from primitives.scale.types import codec_of
from runtime.framework.errors import panic

ApiFunction = TypeVar("ApiFunction", bound=Callable[..., Any])


@dataclass(frozen=True)
class ApiMethod:
    """One method of a runtime API: its name on the wire, its arguments and its answer."""

    trait: str
    name: str
    function: Callable[..., Any]

    @property
    def wire_name(self) -> str:
        """What a node calls it by."""
        return f"{self.trait}_{self.name}"

    @cached_property
    def inputs(self) -> list[tuple[str, Any]]:
        """Names and annotations of the arguments after the runtime.

        A name that Python uses itself has an underscore behind it, which is ours.
        """
        hints = get_type_hints(self.function, include_extras=True)
        names = list(signature(self.function).parameters)[1:]
        return [(name.rstrip("_"), hints[name]) for name in names]

    @cached_property
    def output(self) -> Any:
        """Annotation of the answer."""
        hints = get_type_hints(self.function, include_extras=True)
        return tuple[()] if hints["return"] is type(None) else hints["return"]

    @cached_property
    def codecs(self) -> tuple[list[AnyCodec], AnyCodec]:
        """Codecs of the arguments and of the answer."""
        return [codec_of(annotation) for _, annotation in self.inputs], codec_of(self.output)

    def run(self, runtime: Any, arguments: bytes) -> bytes:
        """Decode the arguments, answer, encode the answer."""
        inputs, output = self.codecs
        values, at = [], 0
        try:
            for codec in inputs:
                value, at = codec.decode(arguments, at)
                values.append(value)
        except (ScaleError, RecursionError) as error:
            panic(f"Bad input data provided to {self.name}: {error}")
        if at != len(arguments):
            panic(f"Bad input data provided to {self.name}: {len(arguments) - at} bytes left over")
        answer = self.function(runtime, *values)
        return output.encode(() if answer is None and self.output == tuple[()] else answer)


class ApiTable:
    """The methods of one runtime, in the order of declaration."""

    def __init__(self) -> None:
        self.methods: dict[str, ApiMethod] = {}
        """By name on the wire."""

    def api(self, trait: str) -> Callable[[ApiFunction], ApiFunction]:
        """Declare a function `(runtime, …)` as a method of a runtime API."""

        def attach(function: ApiFunction) -> ApiFunction:
            method = ApiMethod(trait, function.__name__.rstrip("_"), function)
            self.methods[method.wire_name] = method
            return function

        return attach

    def include(self, other: "ApiTable") -> None:
        """Take in the methods of another table, after one's own."""
        self.methods.update(other.methods)

    def by_trait(self) -> dict[str, list[ApiMethod]]:
        """The methods of each runtime API."""
        traits: dict[str, list[ApiMethod]] = {}
        for method in self.methods.values():
            traits.setdefault(method.trait, []).append(method)
        return traits
