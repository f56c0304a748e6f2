"""Where a reader sees that a float comes about, of which machines may have their own idea."""

import ast
import re
from typing import Final

_STRUCT_CALLS: Final = ("Struct", "calcsize", "pack", "pack_into", "unpack", "unpack_from")
_FLOAT_FORMAT: Final = re.compile(
    r"[@=<>!]?[\dxcbBhHiIlLqQnNefdspP? ]*[efd][\dxcbBhHiIlLqQnNefdspP? ]*"
)
_FLOAT_TYPE: Final = re.compile(r"[<>=|]?(f|d|e|g|c|F|D|G)\d*|(float|double|half|complex).*")
_FLOATS_BY_DEFAULT: Final = {"zeros": 2, "ones": 2, "frombuffer": 2, "empty": 2}
"""Functions of numpy, and with how many arguments they are told the type."""
_FLOAT_METHODS: Final = ("mean", "std", "var")


def float_made(node: ast.AST) -> str | None:
    """What is wrong with one node, or nothing."""
    match node:
        case ast.Constant(value=float() | complex()):
            return "float literal"
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return "true division"
        case (
            ast.BinOp(op=ast.Pow(), right=exponent)
            | ast.AugAssign(op=ast.Pow(), value=exponent)
            | ast.Call(func=ast.Name(id="pow"), args=[_, exponent])
        ) if _is_negative(exponent):
            return "power with a negative exponent"
        case ast.Call(func=function, args=args, keywords=keywords):
            return _float_called(_name_of(function), args, keywords)
        case _:
            return None


def numpy_without_type(node: ast.AST, name: str) -> str | None:
    """What is wrong with a call of numpy's function of this name."""
    known = _FLOATS_BY_DEFAULT.get(name)
    if known is None or not isinstance(node, ast.Call):
        return None
    is_told = len(node.args) >= known or any(word.arg == "dtype" for word in node.keywords)
    return None if is_told else f"numpy.{name} without dtype makes floats"


def _float_called(name: str, args: list[ast.expr], keywords: list[ast.keyword]) -> str | None:
    if name in _STRUCT_CALLS and _is_text(args[:1], _FLOAT_FORMAT):
        return "float in a struct"
    if name in _FLOAT_METHODS and not args:
        return f"use of {name}, which makes floats"
    types = [word.value for word in keywords if word.arg == "dtype"]
    if name == "astype":
        types += args[:1]
    return "float as the type of an array" if _is_text(types, _FLOAT_TYPE) else None


def _is_text(nodes: list[ast.expr], pattern: re.Pattern[str]) -> bool:
    match nodes:
        case [ast.Constant(value=str(text))]:
            return pattern.fullmatch(text) is not None
        case _:
            return False


def _is_negative(node: ast.expr) -> bool:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return value > 0
        case _:
            return False


def _name_of(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
