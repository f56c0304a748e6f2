"""The error of verbs whose status 1 is a verdict."""

import click


class BadInput(click.ClickException):
    """What the user gave cannot be used; status 2."""

    exit_code = 2

    @classmethod
    def of(cls, error: Exception) -> "BadInput":
        """What went wrong in a line; of the system's errors, with the file first."""
        if isinstance(error, OSError) and error.filename is not None:
            return cls(f"{error.filename}: {error.strerror}")
        return cls(str(error))
