"""`taonode build-spec`: a chain spec as JSON, plain or with its genesis spelled out."""

from dataclasses import replace
from pathlib import Path

import click

from genesis.build import to_raw
from genesis.spec import render_spec
from node.commands.options import chain_flag, choose_spec, clear_errors, code_flags
from node.executor.runtimes import Runtimes
from node.genesis_block import code_of


@click.command("build-spec")
@chain_flag
@code_flags
@click.option("--raw", is_flag=True, help="Spell the genesis state out, key by key.")
@click.option(
    "--disable-default-bootnode",
    is_flag=True,
    help="Add no boot node. None is added anyway: a preset does not know where its nodes are.",
)
@clear_errors()
def build_spec(
    chain: str,
    spec_version: str | None,
    runtime: Path | None,
    *,
    raw: bool,
    disable_default_bootnode: bool,
) -> None:
    """Print a chain spec."""
    spec = choose_spec(chain, spec_version, runtime)
    if disable_default_bootnode:
        spec = replace(spec, boot_nodes=())
    if raw:
        spec = to_raw(spec, Runtimes().entry(code_of(spec)))
    click.echo(render_spec(spec), nl=False)
