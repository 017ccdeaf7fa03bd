"""What pages of all listeners have in common: judging items that cannot be read, and moving a newest-first cursor."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from kentongan.config import explain
from kentongan.errors import SourceChanged
from kentongan.ports import ListenRequest
from kentongan.records import Cursor
from kentongan.words import say

Model = TypeVar("Model", bound=BaseModel)


def options_of(request: ListenRequest, model: type[Model]) -> Model:
    """The source's options. Raises SourceChanged when they are wrong, so that one bad file stops one source only."""
    try:
        return model(**request.options)
    except (ValidationError, TypeError) as exc:
        said = "; ".join(explain("-", exc, model)) if isinstance(exc, ValidationError) else str(exc)
        problem = said.replace("-: ", "options.")
        hint = say("jalankan kentongan check-config", "run kentongan check-config")
        raise SourceChanged(f"{request.source}: {problem}; {hint}") from exc


def refuse_if_mostly_unreadable(where: str, reasons: Counter[str], items: int) -> None:
    """Raise SourceChanged when more than half of the items cannot be read: then it is the format that changed, not an item."""
    if reasons.total() * 2 > items:
        reason, count = reasons.most_common(1)[0]
        raise SourceChanged(
            say(
                f"{where}: {reasons.total()} dari {items} butir tidak terbaca ({count} {reason}); formatnya mungkin berubah",
                f"{where}: {reasons.total()} of {items} items cannot be read ({count} {reason}); its format may have changed",
            )
        )


def rejection_notes(reasons: Counter[str]) -> list[str]:
    """One note per reason, the commonest first, at most five."""
    return [say(f"{count} butir ditolak: {reason}", f"{count} items rejected: {reason}") for reason, count in reasons.most_common(5)]


def drained_cursor(cursor: Cursor, *, newest: str, older: str) -> Cursor:
    """The cursor after one page of a newest-first window is saved.

    newest: id or time of the newest post on the page; counts only on the window's first page. older: where the window goes on, or ""
    when it reached the floor or the end. The floor moves up only then, so a crash between two pages loses nothing.
    """
    high = cursor.high or newest
    if older:
        return replace(cursor, high=high, token=older)
    return replace(cursor, floor=high or cursor.floor, high="", token="")
