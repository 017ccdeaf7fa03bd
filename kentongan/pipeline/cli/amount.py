"""A number on the command line, within bounds: click's own FloatRange lets `nan` through, which is smaller and larger than nothing."""

from __future__ import annotations

import math
from typing import Any

import click

from kentongan.words import say


class Amount(click.FloatRange):
    """A finite number from `min` to `max`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number; wrong use when it is none or out of bounds."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(say(f"{value!r} bukan angka", f"{value!r} is not a number"), param, ctx)
        return number
