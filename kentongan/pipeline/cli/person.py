"""The option `--by` of commands whose every use is audited."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from typing import TypeVar

import click

from kentongan.words import say

Result = TypeVar("Result")


def this_user() -> str:
    """Whoever runs the command; a number where the machine knows no name for it, as in containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"


def by_option(function: Callable[..., Result]) -> Callable[..., Result]:
    """The command with `--by NAMA`: who does it, this user unless said otherwise."""
    return click.option(
        "--by",
        default=this_user,
        metavar="NAMA",
        help=say("Siapa (bawaan: pengguna ini); hanya untuk audit", "Who (default: this user); for the audit only"),
    )(function)
