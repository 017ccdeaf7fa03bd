"""What people decided (silences, labels, deletions), fact-checked claims, the audit trail, and small things: notes, leases, housekeeping."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from kentongan.codec import from_json
from kentongan.records import Alert, AuditEntry, Claim, Notice, Silence
from kentongan.store import state_schema as t
from kentongan.store.mending import plain, storable
from kentongan.store.sqlite_file import from_us, to_us
from kentongan.store.state_base import StateBase
from kentongan.store.state_outbox import CLOCK_SLACK


class PeopleState(StateBase):
    """Silences, labels, claims, tombstones, audit."""

    def put_silence(self, silence: Silence) -> None:
        """Store a silence; one with a known id replaces the old."""
        with self._write() as db:
            self._upsert(db, t.silence, [(silence.id, to_us(silence.starts_at), to_us(silence.ends_at), storable(silence)[1])])

    def silences(self, at: datetime, *, upcoming: bool = False) -> list[Silence]:
        """See `StateStore.silences`."""
        c = t.silence.c
        wanted = sa.select(c.body).where(c.ends_us > to_us(at), c.ends_us > c.starts_us).order_by(c.starts_us, c.id)
        if not upcoming:
            wanted = wanted.where(c.starts_us <= to_us(at))
        with self._read() as db:
            return [from_json(Silence, body) for body in db.execute(wanted).scalars()]

    def put_label(self, mention_id: str, kind: str, value: str, by: str, at: datetime) -> None:
        """A person's correction; the latest of its kind wins."""
        with self._write() as db:
            self._upsert(db, t.label, [(mention_id, kind, plain(value), plain(by), to_us(at))])

    def labels(self, mention_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """{mention id: {kind: value}} of those that have any."""
        found: dict[str, dict[str, str]] = {}
        if mention_ids:
            c = t.label.c
            with self._read() as db:
                for mention_id, kind, value in db.execute(sa.select(c.mention_id, c.kind, c.value).where(self._among(c.mention_id, mention_ids))):
                    found.setdefault(mention_id, {})[kind] = value
        return found

    def labelled(self) -> list[str]:
        """See `StateStore.labelled`."""
        c = t.label.c
        wanted = sa.select(c.mention_id).group_by(c.mention_id).order_by(sa.func.min(c.at_us), c.mention_id)
        with self._read() as db:
            return list(db.execute(wanted).scalars())

    def drop_labels(self, mention_ids: Collection[str]) -> None:
        """See `StateStore.drop_labels`."""
        if mention_ids:
            with self._write() as db:
                db.execute(sa.delete(t.label).where(self._among(t.label.c.mention_id, list(mention_ids))))

    def put_claims(self, claims: Sequence[Claim]) -> int:
        """See `StateStore.put_claims`. Duplicate ids in one call: the last wins."""
        rows = {claim.id: (claim.id, to_us(claim.published_at), storable(claim)[1]) for claim in claims}
        if not rows:
            return 0
        c = t.claim.c
        with self._write() as db:
            known = {row.id: row.body for row in db.execute(sa.select(c.id, c.body).where(self._among(c.id, list(rows))))}
            changed = [row for key, row in rows.items() if known.get(key) != row[2]]
            self._upsert(db, t.claim, changed)
        return len(changed)

    def drop_claims(self, ids: Collection[str]) -> int:
        """Delete claims; returns how many there were."""
        if not ids:
            return 0
        with self._write() as db:
            return db.execute(sa.delete(t.claim).where(self._among(t.claim.c.id, list(ids)))).rowcount

    def claims(self, since: datetime | None = None) -> list[Claim]:
        """Claims published at or after `since`, oldest first."""
        c = t.claim.c
        wanted = sa.select(c.body).order_by(c.published_us, c.id)
        if since is not None:
            wanted = wanted.where(c.published_us >= to_us(since))
        with self._read() as db:
            return [from_json(Claim, body) for body in db.execute(wanted).scalars()]

    def add_tombstones(self, *, ids: Sequence[str] = (), author_keys: Sequence[str] = (), at: datetime, reason: str) -> None:
        """Remember for good what must not be collected again."""
        rows = [("id", value, to_us(at), plain(reason)) for value in ids]
        rows += [("author", value, to_us(at), plain(reason)) for value in author_keys]
        with self._write() as db:
            self._upsert(db, t.tombstone, rows, update=())

    def tombstoned(self, ids: Sequence[str], author_keys: Sequence[str]) -> tuple[set[str], set[str]]:
        """Those ids and those author keys that have a tombstone."""
        c = t.tombstone.c
        with self._read() as db:
            pairs = [("id", ids), ("author", author_keys)]
            buried = [
                set(db.execute(sa.select(c.value).where(c.kind == kind, self._among(c.value, values))).scalars()) if values else set()
                for kind, values in pairs
            ]
        return buried[0], buried[1]

    def drop_quotes(self, mention_ids: Collection[str]) -> int:
        """See `StateStore.drop_quotes`."""
        gone = frozenset(mention_ids)
        changed = 0
        with self._write() as db:
            for no, body in db.execute(sa.select(t.alert.c.id, t.alert.c.body)).all():
                if any(mention_id in body for mention_id in gone):
                    alert = _without_quotes(from_json(Alert, body), gone)
                    changed += db.execute(sa.update(t.alert).where(t.alert.c.id == no).values(body=storable(alert)[1])).rowcount
            for no, body in db.execute(sa.select(t.delivery.c.no, t.delivery.c.notice)).all():
                if any(mention_id in body for mention_id in gone):
                    notice = from_json(Notice, body)
                    related = tuple(_without_quotes(alert, gone) for alert in notice.related)
                    within = _without_quotes(notice.within, gone) if notice.within else None
                    notice = replace(notice, alert=_without_quotes(notice.alert, gone), related=related, within=within)
                    changed += db.execute(sa.update(t.delivery).where(t.delivery.c.no == no).values(notice=storable(notice)[1])).rowcount
        return changed

    def add_audit(self, at: datetime, actor: str, action: str, subject: str, detail: str = "") -> None:
        """Append to the audit trail."""
        row = {"at_us": to_us(at), "actor": plain(actor), "action": plain(action), "subject": plain(subject), "detail": plain(detail)}
        with self._write() as db:
            db.execute(sa.insert(t.audit).values(**row))

    def audit(self, *, subject: str = "", limit: int = 100) -> list[AuditEntry]:
        """See `StateStore.audit`."""
        c = t.audit.c
        wanted = sa.select(t.audit).order_by(c.no.desc()).limit(limit)
        if subject:
            wanted = wanted.where(c.subject == subject)
        with self._read() as db:
            rows = db.execute(wanted).all()
        return [
            AuditEntry(at=from_us(row.at_us), actor=row.actor, action=row.action, subject=row.subject, detail=row.detail) for row in reversed(rows)
        ]


def _without_quotes(alert: Alert, gone: frozenset[str]) -> Alert:
    kept = tuple(quote for quote in alert.spike.top_mentions if quote.mention_id not in gone)
    said = alert.spike.statement
    return replace(alert, spike=replace(alert.spike, top_mentions=kept, statement=None if said and said.mention_id in gone else said))


class HouseState(PeopleState):
    """Notes, leases, housekeeping."""

    def meta(self, key: str) -> str:
        """The note under this key, "" if there is none."""
        with self._read() as db:
            return db.execute(sa.select(t.meta.c.value).where(t.meta.c.key == key)).scalar() or ""

    def set_meta(self, key: str, value: str) -> None:
        """Write a note."""
        with self._write() as db:
            self._upsert(db, t.meta, [(key, plain(value))])

    def acquire_lease(self, name: str, owner: str, now: datetime, lease_s: float) -> bool:
        """True when `owner` now holds the lease until now + lease_s: it was free, over, or already his (then it is prolonged)."""
        c = t.lease.c
        until = to_us(now + timedelta(seconds=lease_s))
        fresh = self._insert(t.lease).values(name=name, owner=owner, until_us=until)
        free = sa.or_(c.owner == owner, c.until_us <= to_us(now), c.until_us > until + CLOCK_SLACK // timedelta(microseconds=1))
        with self._write() as db:
            taken = fresh.on_conflict_do_update(index_elements=["name"], set_={"owner": owner, "until_us": until}, where=free)
            return bool(self._added(db, taken))

    def release_lease(self, name: str, owner: str) -> None:
        """Give the lease back; nothing happens when it is somebody else's by now."""
        c = t.lease.c
        with self._write() as db:
            db.execute(sa.delete(t.lease).where(c.name == name, c.owner == owner))

    def purge_state(self, before: datetime) -> None:
        """See `StateStore.purge_state`. Deliveries of alerts that are not resolved stay: later messages refer to them."""
        moment = to_us(before)
        d = t.delivery.c
        living = sa.select(t.alert.c.id).where(t.alert.c.state != "resolved")
        with self._write() as db:
            db.execute(sa.delete(t.poll).where(t.poll.c.finished_us < moment))
            db.execute(sa.delete(t.dirty_bin).where(t.dirty_bin.c.start_us < moment))
            db.execute(sa.delete(t.evaluation).where(t.evaluation.c.bin_us < moment))
            db.execute(sa.delete(t.delivery).where(d.outcome != "pending", d.at_us < moment, d.episode.not_in(living)))
