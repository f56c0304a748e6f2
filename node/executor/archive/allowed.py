"""What a runtime in an archive may use of Python and of the libraries around it.

Everything is listed by name, and nothing is taken from the Python at hand: what one node accepts
every node must accept, whichever Python it runs on. Left out is what reads files, the network, the
clock or randomness, what differs between processes, and what reaches around these lists.
"""

from typing import Final


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODULES: Final = {
    module: _names(names)
    for module, names in {
        "__future__": "annotations",
        "abc": "ABC abstractmethod",
        "ast": "AnnAssign ClassDef Constant Expr Name parse",
        "base58": "BITCOIN_ALPHABET b58decode b58encode",
        "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
        "collections": "ChainMap Counter OrderedDict defaultdict deque",
        "collections.abc": (
            "Callable Collection Container Generator Hashable ItemsView Iterable Iterator KeysView "
            "Mapping MutableMapping MutableSequence MutableSet Reversible Sequence Set Sized "
            "ValuesView"
        ),
        "contextlib": "AbstractContextManager ExitStack contextmanager nullcontext suppress",
        "contextvars": "ContextVar Token",
        "copy": "copy deepcopy",
        "Crypto.Hash": "keccak",
        "Crypto.Hash.keccak": "new",
        "dataclasses": "KW_ONLY asdict astuple dataclass field fields is_dataclass replace",
        "enum": "Enum Flag IntEnum IntFlag StrEnum auto unique",
        "functools": (
            "cache cached_property lru_cache partial partialmethod reduce singledispatch "
            "total_ordering update_wrapper wraps"
        ),
        "hashlib": "blake2b blake2s sha256 sha512",
        "inspect": "Parameter Signature cleandoc getmodule getsource signature",
        "itertools": (
            "accumulate chain combinations count cycle dropwhile filterfalse groupby islice "
            "pairwise product repeat starmap takewhile zip_longest"
        ),
        "json": "JSONDecodeError dumps loads",
        "numpy": (
            "arange argsort array asarray ascontiguousarray bool_ concatenate cumsum diff "
            "flatnonzero frombuffer fromiter int8 int16 int32 int64 left_shift maximum minimum "
            "ndarray nonzero ones repeat right_shift searchsorted uint8 uint16 uint32 uint64 "
            "unique where zeros zeros_like"
        ),
        "numpy.typing": "NDArray",
        "operator": "attrgetter index itemgetter methodcaller",
        "struct": "Struct calcsize error pack pack_into unpack unpack_from",
        "types": "MappingProxyType ModuleType SimpleNamespace UnionType",
        "typing": (
            "Annotated Any Callable ClassVar Concatenate Final Generic Literal NamedTuple Never "
            "NewType NoReturn Optional ParamSpec Protocol Self TypeAlias TypeGuard TypeVar "
            "TypeVarTuple TypedDict Union Unpack assert_never cast dataclass_transform final "
            "get_args get_origin get_type_hints overload runtime_checkable"
        ),
        "xxhash": "xxh64_intdigest",
    }.items()
}
"""By module: the names in it. A name that is a module itself has an entry of its own."""

BUILTINS: Final = _names(
    "ArithmeticError AssertionError AttributeError BaseException Ellipsis Exception False "
    "IndexError KeyError LookupError NameError None NotImplemented "
    "OSError OverflowError RecursionError RuntimeError StopIteration True TypeError "
    "UnicodeDecodeError UnicodeEncodeError UnicodeError ValueError ZeroDivisionError "
    "abs all any ascii bin bool bytearray bytes callable chr classmethod dict divmod "
    "enumerate filter format frozenset getattr hasattr hex int isinstance issubclass iter "
    "len list map max memoryview min next object oct ord pow property range repr reversed "
    "set setattr slice sorted staticmethod str sum super tuple type vars zip"
)
"""Built-in names. Not among them: `hash` and `id`, whose answers differ between processes."""

MACHINERY: Final = frozenset(("__build_class__", "__debug__", "hash"))
"""What Python's own statements and dataclasses need to find, though no source may name it."""

DUNDERS: Final = frozenset(
    f"__{name}__"
    for name in _names(
        "abs add all and annotations bool bytes call class_getitem contains delitem divmod doc "
        "enter eq exit floordiv ge get getitem gt hash iadd iand ifloordiv ilshift imod "
        "imul index init init_subclass int invert ior ipow irshift isub iter ixor le len lshift "
        "lt missing mod module mro mul name ne neg next or pos post_init pow qualname radd rand "
        "rdivmod repr reversed rfloordiv rlshift rmod rmul ror rpow rrshift rshift rsub rxor set "
        "set_name setitem slots str sub xor "
        # The framework's own marks on classes and functions.
        "call_spec rust waived_by"
    )
)
"""Names with two underscores on both sides: operators, and what describes a class or function."""
