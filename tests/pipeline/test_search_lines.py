"""What a search shows of a mention."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

from kentongan.pipeline.cli.search_lines import COLUMNS, as_csv, as_json, lit, snippet
from kentongan.pipeline.quotes import QUOTE_CHARS
from kentongan.store.query_text import parse_query
from tests.factories import mention

QUERY = parse_query('pemadaman "lampu jalan" gel* rs')


def test_words_in_any_form_phrases_and_beginnings_are_lit_in_bold() -> None:
    line = lit("Listrik dipadamkan: lampu jalan dan rumah sakit gelap, lampu rumah tidak.", QUERY)
    assert line.replace("\x1b[1m", "<").replace("\x1b[0m", ">") == (
        "Listrik <dipadamkan>: <lampu jalan> dan <rumah sakit> <gelap>, lampu rumah tidak."
    )


def test_a_long_text_is_shown_around_its_first_match() -> None:
    shown = snippet("pembuka " * 60 + "lalu listrik padam lagi " + "penutup " * 60, QUERY)
    assert shown.startswith("… ") and "listrik padam" in shown and len(shown) <= QUOTE_CHARS + 2


def test_what_is_shown_names_no_person_and_runs_no_formula() -> None:
    item = mention(text="=HYPERLINK(1) kata @seseorang padam", url="https://x.com/seseorang/status/1")
    for line in (as_json(item, QUERY), as_csv(item, QUERY)):
        assert "seseorang" not in line
    assert "'=HYPERLINK" in as_csv(item, QUERY)


def test_a_correction_is_what_is_shown_and_exported() -> None:
    made = mention(text="listrik padam", agencies=("pertamina", "pln"))
    item = replace(made, labels={"sentiment": "neutral", "sentiment:pln": "positive", "hoax": "yes"})
    row = dict(zip(COLUMNS, next(csv.reader([as_csv(item, QUERY)])), strict=True))
    assert (row["sentiment"], row["sentiment_by_agency"], row["hoax"]) == ("neutral", "pertamina=neutral pln=positive", "True")
    shown = json.loads(as_json(item, QUERY))
    assert shown["sentiment_by_agency"] == {"pertamina": "neutral", "pln": "positive"} and shown["hoax"] is True
