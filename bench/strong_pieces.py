"""The pieces that the strong tier reads: e5's vocabulary, trimmed to what public talk about government needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from e5_weights import E5
from tokenizers import Tokenizer, models, pre_tokenizers

from kentongan.scoring.strong_text import framed, prepared


def tokenizer_of(pieces: Sequence[str], scores: Sequence[float], unknown: int) -> Tokenizer:
    """SentencePiece's unigram model over these pieces."""
    found = Tokenizer(models.Unigram(list(zip(pieces, map(float, scores), strict=True)), unk_id=unknown))
    found.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    return found


def vocabulary(e5: E5, texts: Iterable[str]) -> np.ndarray:
    """Old ids of the pieces that stay: the marks, those seen twice or more, single characters, pieces of two letters."""
    whole = tokenizer_of(e5.pieces, e5.scores, e5.unknown)
    seen: Counter[int] = Counter()
    for encoding in whole.encode_batch([prepared(text) for text in texts]):
        seen.update(encoding.ids)
    kept = {e5.begin, e5.end, e5.pad, e5.unknown} | {piece for piece, times in seen.items() if times >= 2}
    for number, piece in enumerate(e5.pieces):
        plain = piece.replace("▁", "")
        if len(plain) <= 1 or (len(plain) == 2 and plain.isascii() and plain.isalpha()):
            kept.add(number)
    return np.array(sorted(kept))


class Pieces:
    """Texts to framed ids of the trimmed vocabulary."""

    def __init__(self, e5: E5, kept: np.ndarray) -> None:
        place = {int(old): new for new, old in enumerate(kept)}
        self.begin, self.end, self.pad, self.unknown = (place[n] for n in (e5.begin, e5.end, e5.pad, e5.unknown))
        self.tokenizer = tokenizer_of([e5.pieces[i] for i in kept], e5.scores[kept], self.unknown)

    def read(self, texts: Sequence[str]) -> list[list[int]]:
        return [framed(e.ids, self.begin, self.end) for e in self.tokenizer.encode_batch([prepared(t) for t in texts])]
