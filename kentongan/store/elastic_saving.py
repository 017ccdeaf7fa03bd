"""What `ElasticMentions.save` decides: which mentions are written, into which month, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from kentongan.ports import Saved
from kentongan.records import BinKey, ScoredMention
from kentongan.store.elastic_bulk import Action
from kentongan.store.elastic_documents import Stored, merge, to_document
from kentongan.store.mentions_rows import counted_bins
from kentongan.store.sqlite_file import to_us

IDS_AT_ONCE = 1000

Known = Mapping[str, Stored]


def looked_up(ids: Sequence[str], look_up: Callable[[Sequence[str]], Known]) -> Iterator[tuple[Sequence[str], Known]]:
    """The ids in parts, each with what is stored of them; the next part is looked up while the caller works on this one."""
    parts = [ids[at : at + IDS_AT_ONCE] for at in range(0, len(ids), IDS_AT_ONCE)]
    if len(parts) == 1:
        yield parts[0], look_up(parts[0])
        return
    with ThreadPoolExecutor(1, thread_name_prefix="kentongan-look-up") as pool:
        ahead = pool.submit(look_up, parts[0])
        for part, following in zip(parts, [*parts[1:], None], strict=True):
            known = ahead.result()
            if following:
                ahead = pool.submit(look_up, following)
            yield part, known


class Plan:
    """One save. oldest: new mentions published before it are not stored; place: the index of a moment."""

    def __init__(self, revised_at: datetime, oldest: datetime, place: Callable[[datetime], str]) -> None:
        self._revised_at = revised_at
        self._oldest = oldest
        self._place = place
        self._seen = self._expired = 0
        self._written: set[str] = set()
        self._left: dict[str, set[BinKey]] = {}  # bins that a changed mention is in no longer

    def writes(self, mentions: Sequence[ScoredMention], known: Known) -> Iterator[Action]:
        """What is to be sent: nothing of what is unchanged; what is known goes back to the month it is in."""
        for scored in mentions:
            self._seen += 1
            mention = scored.mention
            old = known.get(mention.id)
            if old is None:
                if mention.published_at < self._oldest:
                    self._expired += 1
                    continue
                index, merged = self._place(mention.published_at), scored
            else:
                found = None if to_us(self._revised_at) < old.version else merge(scored, old)
                if found is None:
                    continue
                index, merged = old.index, found
                self._left[mention.id] = set(old.bins) - set(counted_bins(merged.mention))
            self._written.add(mention.id)
            yield index_action(index, merged, self._revised_at)

    def outcome(self, stale: set[str]) -> Saved:
        """What came of it; stale: the ids that lost against a later document."""
        done = self._written - stale
        changed = self._left.keys() & done
        gone = {key for mention_id in changed for key in self._left[mention_id]}
        unchanged = self._seen - len(done) - self._expired
        return Saved(new=len(done) - len(changed), changed=len(changed), unchanged=unchanged, left=tuple(sorted(gone)), expired=self._expired)


def index_action(index: str, scored: ScoredMention, revised_at: datetime, *, version: int | None = None) -> Action:
    """Write this document, unless a later one is there. version: microseconds; of revised_at without it."""
    meta = {"_index": index, "_id": scored.mention.id, "version": version or to_us(revised_at), "version_type": "external_gte"}
    return {"index": meta}, to_document(scored, revised_at)
