"""`taonode purge-chain`: remove a chain's database, and nothing else."""

from pathlib import Path

import click

from node.commands.options import (
    base_path_flag,
    chain_flag,
    choose_spec,
    clear_errors,
    database_directory,
    dev_flag,
)
from storage.leveldb import UNFINISHED, remove_database


@click.command("purge-chain")
@dev_flag
@chain_flag
@base_path_flag
@click.option("-y", "yes", is_flag=True, help="Do not ask.")
@clear_errors()
def purge_chain(chain: str, base_path: Path | None, *, dev: bool, yes: bool) -> None:
    """Remove the blocks and states of a chain, finished or not. Keys stay."""
    spec = choose_spec("dev" if dev else chain)
    database = database_directory(base_path, spec)
    beside = database.with_name(database.name + UNFINISHED)
    found = [place for place in (database, beside) if place.exists()]
    if not found:
        click.echo(f"{database} did not exist.")
        return
    if not yes:
        places = " and ".join(map(str, found))
        click.confirm(f"Are you sure to remove {places}?", abort=True)
    for place in found:
        remove_database(place)
        click.echo(f"{place} removed.")
