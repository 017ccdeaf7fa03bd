"""Every error that Kentongan raises on purpose.

    KentonganError
    ├── ConfigError                 a file of config/ or a setting is wrong: names file, key, nearest valid key (exit 2)
    ├── InputError                  a file or a line that a user gave cannot be read (exit 2 for a file, counted for a line)
    ├── ListenerError               one source could not be read; the others go on
    │   ├── SourceDown              no answer, 5xx, 429: try again later, cursor stays
    │   └── SourceChanged           the answer is not the expected format: a person must look, cursor stays
    ├── StoreError                  a database refused: nothing of the page counts as saved
    │   └── StoreConflict           somebody else changed the row first (compare-and-swap lost)
    └── ReceiverError               an alert did not reach its destination
        ├── Recoverable             try again, not before `retry_after_s`
        │   └── Ambiguous           no answer: it may have arrived; look before sending again
        └── Final                   will never work as it is: dead letter, tell operations

A message names the thing, the place and the next step. It never holds a secret or the text of a mention.
"""

from __future__ import annotations


class KentonganError(Exception):
    """Root of all errors raised on purpose; anything else is a bug."""


class ConfigError(KentonganError):
    """A configuration file or setting is wrong."""


class InputError(KentonganError):
    """A file or line given by the user cannot be read."""


class ListenerError(KentonganError):
    """One source could not be read."""


class SourceDown(ListenerError):
    """The source did not answer, or asked for a pause; the cursor stays where it was."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SourceChanged(ListenerError):
    """The source answered with something other than its documented format."""


class StoreError(KentonganError):
    """A database refused or could not be reached; the caller must not advance a cursor."""


class StoreConflict(StoreError):
    """A compare-and-swap was lost: somebody else wrote first."""


class ReceiverError(KentonganError):
    """A notice did not reach its destination."""


class Recoverable(ReceiverError):
    """Worth another try, not before `retry_after_s` seconds (None: the caller's own back-off)."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Ambiguous(Recoverable):
    """The receiver took the request and never answered: it may have been delivered."""


class Final(ReceiverError):
    """Will not work however often it is tried."""
