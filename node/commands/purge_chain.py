"""`taonode purge-chain`: remove a chain's database, and nothing else."""

from pathlib import Path

import click

from node.commands.options import DEFAULT_CHAIN, chain_directory, choose_spec, clear_errors
from node.config import StorageConfig
from storage.leveldb import remove_database


@click.command("purge-chain")
@click.option("--dev", is_flag=True, help="The development chain.")
@click.option("--chain", default=DEFAULT_CHAIN, help="A preset (dev, local) or a chain spec file.")
@click.option("-d", "--base-path", type=click.Path(path_type=Path), help="Where the node lives.")
@click.option("-y", "yes", is_flag=True, help="Do not ask.")
@clear_errors()
def purge_chain(chain: str, base_path: Path | None, *, dev: bool, yes: bool) -> None:
    """Remove the blocks and states of a chain. Keys stay."""
    spec = choose_spec("dev" if dev else chain)
    database = StorageConfig(chain_directory(base_path, spec)).database
    if database is None or not database.exists():
        click.echo(f"{database} did not exist.")
        return
    if not yes:
        click.confirm(f"Are you sure to remove {database}?", abort=True)
    remove_database(database)
    click.echo(f"{database} removed.")
