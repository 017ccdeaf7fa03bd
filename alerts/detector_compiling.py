"""Functions compiled by numba, their machine code kept on disk in a folder that is named after the sources.

numba looks only at the file of the function itself: a kernel whose helpers in other files have changed would go on with their old code.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


@lru_cache(maxsize=1)
def cache_folder() -> str:
    """Where machine code of exactly these sources is kept: beside them, else in the user's cache. "" where neither can be written."""
    here = Path(__file__).parent
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(here.glob("detector*.py")):
        digest.update(path.read_bytes())
    name = f"detector-{digest.hexdigest()[:16]}"
    user = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    places = [os.environ.get("NUMBA_CACHE_DIR"), here / "__pycache__", Path(user) / "kentongan"]
    for place in (Path(place) for place in places if place):
        try:
            (place / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(place / name, os.W_OK):
            return str(place / name)
    return ""


def compiled(function: Function) -> Function:
    """The function compiled; kept on disk where a folder for that can be written."""
    folder = cache_folder()
    if not folder:
        return cast(Function, numba.njit(error_model="numpy")(function))
    settings: Any = numba.config  # a module that makes its attributes when it is loaded
    before, settings.CACHE_DIR = settings.CACHE_DIR, folder
    try:
        return cast(Function, numba.njit(cache=True, error_model="numpy")(function))
    finally:
        settings.CACHE_DIR = before
