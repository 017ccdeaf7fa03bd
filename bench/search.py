"""How well a search finds, as a table: `python -m bench.search [--url ADDRESS] [--misses]`.

Queries over hand-written mentions (tests/fixtures/search), asked of SQLite and, with --url, of that Elasticsearch.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from kentongan.ports import MentionStore
from kentongan.store.mentions_elastic import ElasticMentions
from kentongan.store.mentions_sqlite import SqliteMentions
from tests.factories import T0
from tests.servers.elasticsearch import fresh_prefix
from tests.store.elastic_home import FOREVER_DAYS, remove
from tests.store.search_set import Answer, ask, by_phenomenon, corpus, mean, questions

SETS = {"": "queries.tsv", "later: ": "later.tsv", "fresh: ": "fresh.tsv", "unseen: ": "unseen.tsv"}


def answers(store: MentionStore) -> dict[str, list[Answer]]:
    """The store's answers under what they are about."""
    store.save(corpus(), T0)
    return {f"{name}{about}": given for name, file in SETS.items() for about, given in by_phenomenon(ask(store, questions(file))).items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="", help="an Elasticsearch")
    parser.add_argument("--misses", action="store_true", help="also list what was not as expected")
    given = parser.parse_args()
    stores: dict[str, dict[str, list[Answer]]] = {}
    if given.url:
        prefix = fresh_prefix()
        elastic = ElasticMentions(given.url, prefix=prefix, retention_days=FOREVER_DAYS)
        stores["Elasticsearch"] = answers(elastic)
        elastic.close()
        remove(given.url, prefix)
    with tempfile.TemporaryDirectory() as folder:
        sqlite = SqliteMentions(Path(folder) / "search.db")
        stores["SQLite"] = answers(sqlite)
        sqlite.close()
    first = next(iter(stores.values()))
    print("| about | queries | " + " | ".join(f"{name}: recall@10 | precision@10" for name in stores) + " |")
    print("|---|---|" + "---|---|" * len(stores))
    for about, asked in first.items():
        cells = [f"{mean([one.recall for one in of[about]]):.2f} | {mean([one.precision for one in of[about]]):.2f}" for of in stores.values()]
        print(f"| {about} | {len(asked)} | {' | '.join(cells)} |")
    if given.misses:
        for name, of in stores.items():
            for one in [answer for about, given in of.items() if about.endswith("all") for answer in given]:
                missing, extra = sorted(one.question.hits - set(one.found)), sorted(set(one.found) - one.question.hits)
                if missing or extra:
                    print(f"{name}: {one.question.text}: missing {missing}, extra {extra}")


if __name__ == "__main__":
    main()
