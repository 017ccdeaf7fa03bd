"""What is particular to Elasticsearch: months, versions, retention, tenants, back-pressure."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from elasticsearch import Elasticsearch, NotFoundError

from kentongan import records as r
from kentongan.clock import FixedClock
from kentongan.errors import StoreError
from kentongan.ports import MentionQuery, Saved
from kentongan.store.elastic_bulk import DOCUMENTS_AT_ONCE
from kentongan.store.elastic_client import Connection
from kentongan.store.elastic_reader import CHUNK
from kentongan.store.elastic_reindex import Reindex
from kentongan.store.elastic_tenant import setup
from kentongan.store.mentions_elastic import ElasticMentions
from tests.factories import T0, mention
from tests.servers.elasticsearch import fresh_prefix
from tests.store.elastic_home import open_home, remove
from tests.store.elastic_wire import PRODUCT, Answer, between, error

pytestmark = pytest.mark.elasticsearch
NOW = T0 + timedelta(days=40)  # April 11th 2026
DAY = timedelta(days=1)


def months(url: str, store: ElasticMentions) -> dict[str, int]:
    """Documents of each month of this store, e.g. {"2026.03": 2}."""
    store.count()
    with Elasticsearch([url]) as client:
        names = list(client.indices.get_alias(name=store.alias))
        client.indices.refresh(index=names)
        return {name[-7:]: client.count(index=name)["count"] for name in names}


def moved(scored: r.ScoredMention, **fields: object) -> r.ScoredMention:
    return replace(scored, mention=replace(scored.mention, content_hash="another", **fields))  # type: ignore[arg-type]  # varied by name


def test_a_new_mention_goes_to_the_month_it_was_published_in_and_never_to_one_to_come(elasticsearch_server: str) -> None:
    with open_home(elasticsearch_server, FixedClock(NOW)) as store:
        saved = store.save([mention(published_at=T0), mention(published_at=NOW), mention(published_at=NOW + 60 * DAY)], NOW)
        assert saved == Saved(new=3, changed=0, unchanged=0)
        assert months(elasticsearch_server, store) == {"2026.03": 1, "2026.04": 2}


def test_a_known_mention_whose_date_moves_is_rewritten_in_the_month_it_is_in(elasticsearch_server: str) -> None:
    with open_home(elasticsearch_server, FixedClock(NOW)) as store:
        first = mention(published_at=T0)
        store.save([first], NOW)
        later = moved(first, published_at=NOW)
        assert store.save([later], NOW + DAY) == Saved(new=0, changed=1, unchanged=0, left=(r.BinKey(agency="pln", start=T0),))
        assert months(elasticsearch_server, store) == {"2026.03": 1}
        assert store.get([first.mention.id]) == [later]


def test_a_mention_older_than_the_retention_is_not_stored_and_that_is_said(elasticsearch_server: str, caplog: pytest.LogCaptureFixture) -> None:
    with open_home(elasticsearch_server, FixedClock(NOW), retention_days=30) as store:
        edge = mention(published_at=NOW - 30 * DAY)
        with caplog.at_level(logging.WARNING):
            saved = store.save([mention(published_at=T0), edge], NOW)
        assert saved == Saved(new=1, changed=0, unchanged=0, expired=1)
        assert "retention_days=30" in caplog.text
        assert list(store.scan(MentionQuery())) == [edge]


def test_months_that_retention_has_emptied_are_dropped(elasticsearch_server: str) -> None:
    with open_home(elasticsearch_server, FixedClock(NOW)) as store:
        kept = mention(published_at=NOW)
        store.save([mention(published_at=T0), mention(published_at=T0 + DAY), kept], NOW)
        assert store.purge(T0 + 10 * DAY) == 2
        assert months(elasticsearch_server, store) == {"2026.04": 1}
        old = mention(published_at=T0 + 20 * DAY)
        assert store.save([old], NOW).new == 1  # the month comes back with its fields
        assert store.get([old.mention.id, kept.mention.id]) == [old, kept]


def test_a_later_document_that_another_worker_wrote_meanwhile_wins(elasticsearch_server: str) -> None:
    """The look-up saw nothing yet, so the server's own version check must decide."""
    with open_home(elasticsearch_server, FixedClock(NOW)) as store:
        newer = mention(native_id="sama", text="baru", content_hash="b", published_at=NOW)
        store.save([mention(published_at=NOW)], NOW)  # makes the month
        other = ElasticMentions(elasticsearch_server, prefix=store.alias.removesuffix("-mentions"), clock=FixedClock(NOW))
        with Elasticsearch([elasticsearch_server]) as client:
            client.indices.put_settings(index=store.alias, settings={"refresh_interval": "-1"})
        other.save([newer], NOW + DAY)
        older = mention(native_id="sama", text="lama", content_hash="a", published_at=NOW)
        assert store.save([older], NOW) == Saved(new=0, changed=0, unchanged=1)
        assert store.get([newer.mention.id]) == [newer]
        other.close()


def test_tenants_do_not_see_each_other(elasticsearch_server: str) -> None:
    with open_home(elasticsearch_server) as one, open_home(elasticsearch_server) as two:
        shared = mention()
        one.save([shared], T0)
        two.save([mention()], T0)
        assert (one.count(), two.count()) == (1, 1)
        assert one.forget(ids=[shared.mention.id]) == [r.BinKey(agency="pln", start=T0)]
        assert (one.count(), two.count()) == (0, 1)


def test_one_refused_document_fails_the_page_and_the_message_names_index_and_count(elasticsearch_server: str) -> None:
    with open_home(elasticsearch_server, FixedClock(NOW)) as store:
        good, bad = mention(published_at=NOW), mention(published_at=NOW, rating=1000, text="kutipan warga")  # no byte holds 1000
        with pytest.raises(StoreError, match=r"mentions-2026.04 menolak 1 dari 2 dokumen.*HTTP 400") as caught:
            store.save([good, bad], NOW)
        assert "kutipan" not in str(caught.value)
        assert "1000" not in str(caught.value)
        mended = replace(bad, mention=replace(bad.mention, rating=1))
        assert store.save([good, mended], NOW) == Saved(new=1, changed=0, unchanged=1)


def test_back_pressure_is_waited_out(elasticsearch_server: str) -> None:
    """The server refuses one document of the first bulk, then a whole bulk, with 429; in the end everything is there, once."""
    refused: list[str] = []

    def busy(method: str, path: str, body: bytes) -> Answer | None:
        if "_bulk" not in path or len(refused) >= 2:
            return None
        refused.append(path)
        if len(refused) == 2:
            return error(429, "es_rejected_execution_exception")
        actions = [json.loads(line)["index"] for line in body.splitlines()[::2]]
        item = {"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "queue full"}}
        return 200, PRODUCT, json.dumps({"took": 1, "errors": True, "items": [{"index": {**a, **item}} for a in actions]}).encode()

    prefix = fresh_prefix()
    with between(elasticsearch_server, busy) as url:
        store = ElasticMentions(url, prefix=prefix, retention_days=36_500, backoff_s=0.01)
        page = [mention(text=str(n)) for n in range(20)]
        assert store.save(page, T0) == Saved(new=20, changed=0, unchanged=0)
        assert store.count() == 20
        store.close()
    assert len(refused) == 2
    remove(elasticsearch_server, prefix)


def test_a_page_of_many_requests_is_stored_whole(elasticsearch_server: str) -> None:
    with open_home(elasticsearch_server) as store:
        page = [mention(text=f"mati {n}", published_at=T0 + timedelta(seconds=n)) for n in range(3 * DOCUMENTS_AT_ONCE + 1)]
        assert store.save(page, T0) == Saved(new=len(page), changed=0, unchanged=0)
        assert store.save(page, T0 + DAY) == Saved(new=0, changed=0, unchanged=len(page))
        assert list(store.scan(MentionQuery())) == page


def test_counting_is_exact_over_many_bins_months_and_agencies(elasticsearch_server: str) -> None:
    with open_home(elasticsearch_server, FixedClock(NOW)) as store:
        agencies = ("bpjs", "kpk", "pln")
        page = [
            mention(
                published_at=T0 + timedelta(hours=7 * n),
                agencies=agencies[: 1 + n % 3],
                sentiment=(-0.8, 0.0, 0.8)[n % 3],
                hoax=0.9 if n % 5 == 0 else 0,
            )
            for n in range(130)
        ]
        store.save(page, NOW)
        keys = [r.BinKey(agency=agency, start=T0 + timedelta(hours=n)) for agency in agencies for n in range(7 * 130)]
        found = store.bin_counts(keys)
        assert [r.BinKey(agency=count.agency, start=count.start) for count in found] == sorted(keys)
        for agency in agencies:
            mine = [scored for scored in page if agency in scored.mention.agencies]
            counts = [count for count in found if count.agency == agency]
            assert sum(count.total for count in counts) == len(mine)
            assert sum(count.negative for count in counts) == sum(scored.score.sentiment.label == "negative" for scored in mine)
            assert sum(count.positive for count in counts) == sum(scored.score.sentiment.label == "positive" for scored in mine)
            assert sum(count.hoax for count in counts) == sum(scored.is_hoax() for scored in mine)


def test_a_late_mention_that_no_search_has_seen_yet_does_not_go_with_its_empty_month(elasticsearch_server: str) -> None:
    with open_home(elasticsearch_server, FixedClock(NOW)) as store:
        store.setup()
        late = mention(published_at=T0)
        store.save([late], NOW)  # its month is new, and to a search still empty
        prefix = store.alias.removesuffix("-mentions")
        connection = Connection(elasticsearch_server)
        setup(connection, prefix, NOW)
        connection.close()
        assert store.get([late.mention.id]) == [late]
        assert store.save([mention(published_at=T0)], NOW).new == 1  # nor does a lock stay behind


def test_an_index_that_is_gone_comes_not_back_by_itself(elasticsearch_server: str) -> None:
    with open_home(elasticsearch_server, FixedClock(NOW)) as store, Elasticsearch([elasticsearch_server]) as client:
        store.setup()
        with pytest.raises(NotFoundError, match="forbids index auto creation"):
            client.index(index=f"{store.alias}-2026.03", id="x", document={"id": "x"})


def test_a_scan_goes_on_when_its_month_is_copied_meanwhile(elasticsearch_server: str) -> None:
    with open_home(elasticsearch_server, FixedClock(NOW)) as store:
        page = [mention(published_at=T0 + n * timedelta(seconds=1), native_id=f"n{n}") for n in range(CHUNK + 2)]
        store.save(page, NOW)
        found = store.scan(MentionQuery())
        first = next(found)
        connection = Connection(elasticsearch_server)
        assert [one.documents for one in Reindex(connection, store.alias.removesuffix("-mentions"), lambda line: None).run(everything=True)]
        connection.close()
        assert [first, *found] == page
