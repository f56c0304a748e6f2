"""A chain spec that cannot be used, with the path of the field to blame."""


class SpecError(ValueError):
    """What is wrong with a chain spec, and where: `genesis.raw.top["0x12"]: is given twice`."""

    def __init__(self, path: str, problem: str, file: str = "") -> None:
        super().__init__(": ".join(part for part in (file, path, problem) if part))
        self.path = path
        self.problem = problem
