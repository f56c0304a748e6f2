"""`taonode key`: look at keys, and make new ones."""

import json
import os
from pathlib import Path
from typing import Final

import bip39
import click

from node.commands.options import clear_errors
from node.identity import SEED_LENGTH, load_node_key
from p2p.wire.identity import NodeKey
from primitives import ss58
from primitives.crypto import KeyPair
from primitives.key_uri import KeyUriError
from primitives.scheme import Scheme

SCHEMES: Final = {scheme.name.lower(): scheme for scheme in Scheme}
WORD_COUNTS: Final = ("12", "15", "18", "21", "24")

_FORMS: Final = "a secret is a phrase, a seed in hex, or a path of one such as `//Alice`"
"""Said when there is none, without repeating what may be one with a slip in it."""

_LABELS: Final = {
    "secretPhrase": "Secret phrase",
    "publicKey": "Public key (hex)",
    "accountId": "Account ID",
    "ss58Address": "SS58 Address",
}

scheme_option = click.option(
    "--scheme", type=click.Choice(list(SCHEMES)), default="sr25519", show_default=True
)
output_option = click.option(
    "--output-type", type=click.Choice(["text", "json"]), default="text", show_default=True
)


@click.group("key")
def key() -> None:
    """Key utilities."""


@key.command()
@click.argument("uri")
@scheme_option
@output_option
@clear_errors()
def inspect(uri: str, scheme: str, output_type: str) -> None:
    """Show the account of a secret key URI, such as `//Alice` or a phrase."""
    try:
        pair = KeyPair.from_uri(uri, SCHEMES[scheme])
    except KeyUriError as error:
        raise KeyUriError(f"{error}; {_FORMS}") from None
    if output_type == "text":
        click.echo(f"Secret Key URI `{uri}` is account:")
    _show(_describe(pair), output_type)


@key.command()
@scheme_option
@output_option
@click.option("--words", type=click.Choice(WORD_COUNTS), default="12", show_default=True)
@clear_errors()
def generate(scheme: str, output_type: str, words: str) -> None:
    """Make a new account under a random phrase."""
    phrase: str = bip39.bip39_generate(int(words))
    pair = KeyPair.from_uri(phrase, SCHEMES[scheme])
    if output_type == "text":
        click.echo(f"Secret phrase `{phrase}` is account:")
    _show({"secretPhrase": phrase} | _describe(pair), output_type)


@key.command("generate-node-key")
@click.option("--file", "path", type=click.Path(path_type=Path), help="Write it there.")
@clear_errors()
def generate_node_key(path: Path | None) -> None:
    """Make a new identity for a node. Its peer id goes to the error stream."""
    if path is None:
        seed = os.urandom(SEED_LENGTH)
        click.echo(seed.hex())
        click.echo(NodeKey.from_seed(seed).peer_id, err=True)
    elif path.exists():
        raise click.ClickException(f"{path} exists already")
    else:
        click.echo(load_node_key(path).peer_id, err=True)


def _describe(pair: KeyPair) -> dict[str, str]:
    return {
        "publicKey": f"0x{pair.public.hex()}",
        "accountId": f"0x{pair.account.hex()}",
        "ss58Address": ss58.encode(pair.account),
    }


def _show(fields: dict[str, str], output_type: str) -> None:
    if output_type == "json":
        click.echo(json.dumps(fields, indent=2))
        return
    for name, value in fields.items():
        click.echo(f"  {_LABELS[name] + ':':<18} {value}")
