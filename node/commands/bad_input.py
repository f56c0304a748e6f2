"""The error of verbs whose status 1 is a verdict."""

import click


class BadInput(click.ClickException):
    """What the user gave cannot be used; status 2."""

    exit_code = 2
