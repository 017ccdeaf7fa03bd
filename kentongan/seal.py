"""A seal tells whether two collections hold the same things, in whatever order they are read: their number and the sum of their hashes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

_MODULUS = 1 << 128


def hash_of(thing: bytes) -> int:
    """128 bits that two different things do not share."""
    return int.from_bytes(blake2b(thing, digest_size=16).digest())


@dataclass(frozen=True, slots=True)
class Seal:
    """Of no thing at first; add the hash of each with +."""

    count: int = 0
    total: int = 0

    def __add__(self, thing: int) -> Seal:
        return Seal(self.count + 1, (self.total + thing) % _MODULUS)

    @classmethod
    def of(cls, things: Iterable[int]) -> Seal:
        """Of all of them."""
        seal = cls()
        for thing in things:
            seal += thing
        return seal

    def __str__(self) -> str:
        return f"{self.count}:{self.total:032x}"
