"""The option `--by` of commands whose every use is audited."""

from __future__ import annotations

import getpass
from collections.abc import Callable

import click

from kentongan.words import say


def by_option(function: Callable[..., None]) -> Callable[..., None]:
    """The command with `--by NAMA`: who does it, this user unless said otherwise."""
    return click.option(
        "--by",
        default=getpass.getuser,
        metavar="NAMA",
        help=say("Siapa (bawaan: pengguna ini); hanya untuk audit", "Who (default: this user); for the audit only"),
    )(function)
