"""Next runtimes for dry runs: the installed one with changes, and hooks that migrate."""

from functools import cache

from node.executor.archive.build import archive_of
from runtime.version import SPEC_VERSION
from tests.support.runtime_sources import changed, with_spec_version

NEXT = SPEC_VERSION + 1
SUBTENSOR = "runtime/pallets/subtensor/pallet.py"
REGISTRY, COMMITMENTS = "runtime/pallets/registry.py", "runtime/pallets/commitments.py"
SUDO = "runtime/pallets/sudo.py"
"""Three pallets that migrate nothing by themselves, and end their files. Sudo comes first."""


@cache
def code(number, *patches):
    """The archive of the installed runtime under another number, with patches."""
    sources = with_spec_version(number)
    for path, pairs in patches:
        if isinstance(pairs, str):
            sources = {**sources, path: sources[path] + pairs.encode()}
        else:
            sources = changed(sources, path, dict(pairs))
    return archive_of(sources)


def patch(path, pairs):
    """Texts of a file to be replaced."""
    return path, tuple(pairs.items())


def migrating(body):
    """More lines at the end of the hook of the subtensor pallet, as texts to be replaced."""
    hook = "        return migrations.migrate(self)\n"
    return {
        hook: f"        weight = migrations.migrate(self)\n{_indented(body)}        return weight\n"
    }


def hook(path, body):
    """A hook for a pallet that has none and ends its file; it may change its `weight`."""
    return path, (
        "\n    def on_runtime_upgrade(self):\n"
        "        from runtime.framework.weights import Weight\n"
        f"        weight, host = Weight(1000, 10), self.ctx.host\n{_indented(body)}"
        "        return weight\n"
    )


def _indented(body):
    return "".join(f"        {line}\n" for line in body.splitlines())


def problems(report):
    """What is wrong, by the name of the check."""
    return {check.name: check.problems for check in report.checks if check.problems}


def check_of(report, name):
    return next(check for check in report.checks if check.name == name)
