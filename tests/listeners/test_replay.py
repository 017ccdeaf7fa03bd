"""Laws of recordings: what a row needs, what is guessed, what is given up, and following a file that grows."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kentongan.errors import InputError, SourceChanged, SourceDown
from kentongan.records import AuthorKind, Category, Cursor, Post
from listeners.replay import Recorded, Rejected, read_recording
from tests.listeners.kit import poll, posts

TWEETS = "created_at,text,author_hash,lang,location,favorite_count,retweet_count,reply_count,quote_count\n"
SHARED = Path(os.environ.get("KENTONGAN_SHARED") or Path(__file__).parents[2].parent / "shared")


def read(path: Path, content: str | bytes, mapping: Mapping[str, str] | None = None, **options: Any) -> tuple[list[Recorded], list[Rejected]]:
    """(rows that were read, rows that were not) of a file with this content."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    rows = list(read_recording(path, mapping, **{"platform": "x", **options}))
    return [row for row in rows if isinstance(row, Recorded)], [row for row in rows if isinstance(row, Rejected)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rekaman"


# --- CSV ------------------------------------------------------------------------------------------------------------


def test_well_known_columns_of_tweets_are_guessed(file: Path) -> None:
    [row], rejected = read(file, TWEETS + "2026-03-02T03:00:00Z,listrik padam,ab12,in,Medan,7.0,2,0,nan\n")
    post = row.post
    assert (post.text, post.published_at, post.account.handle, post.lang_hint) == ("listrik padam", datetime(2026, 3, 2, 3, tzinfo=UTC), "ab12", "id")
    assert (post.metrics, post.rating, post.kind, post.platform) == ({"likes": 7, "shares": 2, "replies": 0}, None, "post", "x")
    assert (row.line, row.source, row.category, rejected) == (2, "", None, [])


def test_well_known_columns_of_reviews_are_guessed_and_naive_times_are_local(file: Path) -> None:
    [row], _ = read(file, "at,content,score,thumbsUpCount\n2026-03-02 10:00:00,macet terus,1,4\n")
    assert (row.post.rating, row.post.kind, row.post.metrics) == (1, "review", {"likes": 4})
    assert row.post.published_at == datetime(2026, 3, 2, 3, tzinfo=UTC)
    [row], _ = read(file, "at,content\n2026-03-02 10:00:00,macet\n", zone=ZoneInfo("Asia/Jayapura"))
    assert row.post.published_at == datetime(2026, 3, 2, 1, tzinfo=UTC)


def test_a_mapping_goes_from_the_files_column_to_our_field_and_wins_over_guesses(file: Path) -> None:
    content = "kapan,text,keluhan,akun\n2026-03-02T10:00:00+07:00,nomor 7,air mati,budi\n"
    [row], _ = read(file, content, {"kapan": "published_at", "keluhan": "text", "text": "container"})
    assert (row.post.text, row.post.container, row.post.account.handle) == ("air mati", "nomor 7", "budi")


def test_a_minus_keeps_a_column_from_being_guessed(file: Path) -> None:
    [row], _ = read(file, "time,text,score\n2026-03-02T03:00:00Z,x,3\n", {"score": "-"})
    assert row.post.rating is None


def test_columns_whose_words_mean_other_things_elsewhere_must_be_mapped_by_hand(file: Path) -> None:
    content = "time,text,source,category\n2026-03-02T03:00:00Z,x,Twitter for Android,netral\n"
    [row], _ = read(file, content)
    assert (row.source, row.category) == ("", None)
    [row], _ = read(
        file, content.replace("netral", "complaint").replace("Twitter for Android", "lapor-a"), {"source": "source", "category": "category"}
    )
    assert (row.source, row.category) == ("lapor-a", Category.COMPLAINT)


def test_an_absent_mapped_column_names_file_column_and_what_there_is(file: Path) -> None:
    with pytest.raises(InputError, match=r"rekaman: .*'create_at'.*created_at, text.*maksudnya 'created_at'"):
        read(file, "created_at,text\n2026-03-02,x\n", {"create_at": "published_at"})


def test_an_unknown_field_names_the_nearest(file: Path) -> None:
    with pytest.raises(InputError, match=r"'publised_at'.*'published_at'"):
        read(file, "a,text\n2026-03-02,x\n", {"a": "publised_at"})


def test_a_table_without_time_or_text_says_how_to_name_the_column(file: Path) -> None:
    with pytest.raises(InputError, match=r"published_at.*kolom yang ada: kapan, text.*--map KOLOM=published_at"):
        read(file, "kapan,text\n2026-03-02,x\n")


def test_rows_without_time_or_text_are_rejected_and_counted_with_their_line(file: Path) -> None:
    content = "time,text\n2026-03-02T03:00:00Z,satu\n,dua\n2026-03-02T03:00:00Z,   \nkemarin,tiga\n1970-01-01,empat\n\n2026-03-02T03:00:01Z,lima\n"
    rows, rejected = read(file, content)
    assert [row.post.text for row in rows] == ["satu", "lima"]
    assert [(r.line, r.reason) for r in rejected] == [(3, "tanpa waktu"), (4, "tanpa teks"), (5, "waktu tidak terbaca"), (6, "waktu tidak terbaca")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_of_every_usual_make_are_read(file: Path, delimiter: str, ending: str, encoding: str) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=ending)
    writer.writerows(
        [["created_at", "text", "author"], ["2026-03-02T03:00:00Z", 'dua\nbaris, "kutip"; é', "a"], ["2026-03-02T03:00:01Z", "lain", "b"]]
    )
    rows, rejected = read(file, stream.getvalue().encode(encoding))
    assert [row.post.text for row in rows] == ['dua\nbaris, "kutip"; é', "lain"] and rejected == []


def test_a_gzipped_table_is_read(file: Path) -> None:
    rows, _ = read(file, gzip.compress(b"time,text\n2026-03-02T03:00:00Z,x\n"))
    assert len(rows) == 1


def test_bad_bytes_and_nul_cost_a_character_not_the_row(file: Path) -> None:
    rows, rejected = read(file, b"time,text\n2026-03-02T03:00:00Z,a\xffb\x00c\n2026-03-02T03:00:00Z,d\n")
    assert [row.post.text for row in rows] == ["a\ufffdbc", "d"] and rejected == []


def test_a_stray_quote_costs_one_row_not_the_rest_of_the_file(file: Path) -> None:
    good = "".join(f"2026-03-02T03:00:{n:02d}Z,keluhan {n},a{n}\n" for n in range(10))
    rows, rejected = read(file, 'time,text,author\n2026-03-02T02:00:00Z,"tak ditutup,a\n' + good)
    assert [row.post.text for row in rows] == [f"keluhan {n}" for n in range(10)]
    assert [r.line for r in rejected] == [2]


def test_a_stray_quote_before_a_very_long_file_costs_one_row_too(file: Path) -> None:
    good = "".join(f"2026-03-02T03:00:00Z,{'kata ' * 40}{n},a{n}\n" for n in range(1500))  # more than a csv field may hold
    rows, rejected = read(file, 'time,text,author\n2026-03-02T02:00:00Z,"tak ditutup,a\n' + good)
    assert (len(rows), [r.line for r in rejected]) == (1500, [2])


def test_a_row_with_too_many_fields_is_rejected_and_one_with_too_few_is_filled(file: Path) -> None:
    rows, rejected = read(file, "time,text,author\n2026-03-02T03:00:00Z,a,b,c\n2026-03-02T03:00:00Z,d\n2026-03-02T03:00:00Z,e,f,,\n")
    assert [(row.post.text, row.post.account.handle) for row in rows] == [("d", ""), ("e", "f")]
    assert [r.line for r in rejected] == [2]


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_error_not_an_empty_stream(file: Path, content: bytes) -> None:
    with pytest.raises(InputError, match="kosong"):
        read(file, content)


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir()])
def test_a_file_that_is_not_there_or_a_folder_is_an_input_error(file: Path, make: Any) -> None:
    make(file)
    with pytest.raises(InputError, match="rekaman"):
        list(read_recording(file))


def test_a_header_alone_is_no_rows(file: Path) -> None:
    assert read(file, TWEETS) == ([], [])


# --- identity -------------------------------------------------------------------------------------------------------


def test_a_row_without_id_gets_one_from_its_content_the_same_at_every_reading(file: Path) -> None:
    content = TWEETS + "2026-03-02T03:00:00Z,padam,a,in,,0,0,0,0\n" * 3 + "2026-03-02T03:00:00Z,padam,b,in,,0,0,0,0\n"
    first, second = ([row.post.native_id for row in read(file, content)[0]] for _ in range(2))
    assert first == second and len(set(first)) == 4


def test_the_time_zone_it_is_written_in_does_not_change_the_id(file: Path) -> None:
    rows = [read(file, f"time,text\n{time},x\n")[0][0] for time in ("2026-03-02T03:00:00Z", "2026-03-02T10:00:00+07:00", "1772420400")]
    assert len({row.post.native_id for row in rows}) == 1


@pytest.mark.parametrize(("written", "read_as"), [("17", "17"), ("17.0", "17"), ("1234567890123456789", "1234567890123456789")])
def test_an_id_is_taken_as_it_is(file: Path, written: str, read_as: str) -> None:
    assert read(file, f"id,time,text\n{written},2026-03-02T03:00:00Z,x\n")[0][0].post.native_id == read_as


@pytest.mark.parametrize("written", ["1.85E+18", "nan", ""])
def test_an_id_that_a_spreadsheet_rounded_away_is_none(file: Path, written: str) -> None:
    rows, _ = read(file, f"id,time,text\n{written},2026-03-02T03:00:00Z,x\n{written},2026-03-02T03:00:00Z,y\n")
    assert len({row.post.native_id for row in rows}) == 2


# --- our own JSONL --------------------------------------------------------------------------------------------------


def test_every_field_of_our_own_format_is_carried(file: Path) -> None:
    row = {
        "id": "t-1", "published_at": "2026-03-02T10:00:00+07:00", "text": "padam", "title": "judul", "url": "https://x.example/1",
        "platform": "mastodon",
        "source": "mastodon-pln", "category": "microblog", "kind": "reply", "author": "warga@x.example", "author_id": "u1", "author_name": "Dinas",
        "author_kind": "official", "followers": 10, "verified": True, "parent_id": "t-0", "container": "grup", "rating": 2,
        "metrics": {"likes": 3, "views": 40}, "tags": ["pln"], "links": ["https://y.example"], "lang": "id", "updated_at": "2026-03-02T04:00:00Z",
        "cluster_hint": "c", "deleted": False,
    }  # fmt: skip
    [read_row], _ = read(file, json.dumps(row) + "\n")
    post = read_row.post
    assert (read_row.source, read_row.category) == ("mastodon-pln", Category.MICROBLOG)
    assert (post.native_id, post.platform, post.kind, post.parent_native_id, post.container) == ("t-1", "mastodon", "reply", "t-0", "grup")
    assert (post.account.handle, post.account.native_id, post.account.kind) == ("warga@x.example", "u1", AuthorKind.OFFICIAL)
    assert (post.account.name, post.account.followers, post.account.verified) == ("Dinas", 10, True)
    assert (post.title, post.rating, post.metrics, post.tags, post.links) == ("judul", 2, {"likes": 3, "views": 40}, ("pln",), ("https://y.example",))
    assert (post.published_at, post.updated_at) == (datetime(2026, 3, 2, 3, tzinfo=UTC), datetime(2026, 3, 2, 4, tzinfo=UTC))


def test_broken_lines_are_rejected_by_number_and_the_rest_is_read(file: Path) -> None:
    lines = ['{"time": "2026-03-02T03:00:00Z", "text": "a"}', '{"time": "2026-03-02', "", "[1]", "12", '{"time": 1772420400, "text": "b"}']
    rows, rejected = read(file, "\ufeff" + "\n".join(lines))
    assert [row.post.text for row in rows] == ["a", "b"]
    assert [(r.line, r.reason) for r in rejected] == [(2, "bukan JSON yang utuh"), (4, "bukan objek JSON"), (5, "bukan objek JSON")]


def test_an_unknown_category_is_rejected(file: Path) -> None:
    _, [rejected] = read(file, '{"time": "2026-03-02T03:00:00Z", "text": "a", "category": "gosip"}\n')
    assert "kategori" in rejected.reason


def test_a_json_array_says_how_to_write_it(file: Path) -> None:
    with pytest.raises(InputError, match="JSONL"):
        read(file, '[{"text": "a"}]')


def test_keys_of_json_can_be_mapped_too(file: Path) -> None:
    [row], _ = read(file, '{"kapan": "2026-03-02T03:00:00Z", "keluhan": "a"}\n', {"kapan": "published_at", "keluhan": "text"})
    assert row.post.text == "a"
    with pytest.raises(InputError, match="'kapn'"):
        read(file, '{"kapan": "2026-03-02T03:00:00Z", "keluhan": "a"}\n', {"kapn": "published_at", "keluhan": "text"})


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).filter(lambda t: t.strip() and "\ufeff" not in t)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=8))
def test_what_the_csv_module_writes_is_read_back_row_by_row(tmp_path: Path, table: list[tuple[str, str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream).writerows([("created_at", "text", "author"), *(("2026-03-02T03:00:00Z", text, author) for text, author in table)])
    rows, rejected = read(tmp_path / "r.csv", stream.getvalue())
    assert [(row.post.text, row.post.account.handle) for row in rows] == [(text.strip(), author.strip()) for text, author in table]
    assert rejected == []


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_an_input_error(tmp_path: Path, junk: bytes) -> None:
    for start in (b"", b"time,text\n", b'{"time": 1, "text": "x"}\n'):
        try:
            rows, _ = read(tmp_path / "r", start + junk)
        except InputError:
            continue
        assert all(row.post.published_at.tzinfo is UTC for row in rows)


@pytest.mark.shared
def test_the_recorded_streams_are_read_whole() -> None:
    files = sorted((SHARED / "data" / "streams").glob("*/*.csv"))
    if not files:
        pytest.skip(f"no recorded streams under {SHARED}")
    for path in files:
        rows = list(read_recording(path, {}, "x"))
        with path.open(encoding="utf-8", newline="") as stream:
            table = list(csv.DictReader(stream))
        dated = sum(bool(row.get("created_at") or row.get("at")) for row in table)
        assert len(rows) == len(table)
        assert sum(isinstance(row, Recorded) for row in rows) == dated, path
        assert len({row.post.native_id for row in rows if isinstance(row, Recorded)}) == dated


# --- following a file that grows ------------------------------------------------------------------------------------


def follow(path: Path, cursor: Cursor | None = None, **options: Any) -> tuple[list[Post], Cursor]:
    """One poll of the file, and the cursor to go on with."""
    pages = poll("replay", {"path": str(path), **options}, cursor, platform="lapor", category="complaint")
    return posts(pages), pages[-1].cursor if pages else cursor or Cursor(source="contoh")


def line(number: int) -> str:
    """One row without an id."""
    return json.dumps({"time": "2026-03-02T03:00:00Z", "text": f"keluhan {number}"}) + "\n"


def test_only_new_complete_lines_are_read(file: Path) -> None:
    file.write_text(line(1) + line(2) + line(3)[:20])
    first, cursor = follow(file)
    assert [post.text for post in first] == ["keluhan 1", "keluhan 2"]
    with file.open("a") as stream:
        stream.write(line(3)[20:] + line(4))
    second, cursor = follow(file, cursor)
    assert [post.text for post in second] == ["keluhan 3", "keluhan 4"]
    assert follow(file, cursor)[0] == []


def test_pages_are_bounded_and_a_crash_between_them_loses_nothing(file: Path) -> None:
    file.write_text("".join(line(n) for n in range(10)))
    [first] = poll("replay", {"path": str(file), "page_rows": 4}, platform="lapor", category="complaint", stop_after=1)
    rest, _ = follow(file, first.cursor, page_rows=4)
    assert [post.text for post in (*first.posts, *rest)] == [f"keluhan {n}" for n in range(10)]


def test_equal_lines_without_an_id_are_two_posts_and_stay_so(file: Path) -> None:
    file.write_text(line(1))
    first, cursor = follow(file)
    with file.open("a") as stream:
        stream.write(line(1))
    second, _ = follow(file, cursor)
    assert len({post.native_id for post in (*first, *second)}) == 2
    assert {post.native_id for post in follow(file)[0]} == {post.native_id for post in (*first, *second)}


@pytest.mark.parametrize("content", [line(8), line(8) + line(9) * 5])
def test_a_file_that_was_replaced_is_read_from_its_start(file: Path, content: str) -> None:
    file.write_text(line(1) * 3)
    _, cursor = follow(file)
    file.write_text(content)
    assert follow(file, cursor)[0][0].text == "keluhan 8"


def test_a_line_that_cannot_be_read_is_counted_and_passed(file: Path) -> None:
    file.write_text(line(1) + "rusak\n" + line(2))
    [page] = poll("replay", {"path": str(file)}, platform="lapor", category="complaint")
    assert (len(page.posts), page.rejected) == (2, 1)


def test_a_file_that_is_not_there_yet_is_down_and_a_folder_is_a_change(file: Path) -> None:
    with pytest.raises(SourceDown):
        follow(file)
    with pytest.raises(SourceChanged):
        follow(file.parent)


def test_a_list_or_an_object_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    rows = [{"text": ["PLN"]}, {"text": "PLN", "title": {}}, {"text": True}, {"text": 5}]
    path.write_text("".join(json.dumps({"published_at": "2026-03-01T00:00:00Z", **row}) + "\n" for row in rows), encoding="utf-8")
    assert [isinstance(row, Rejected) for row in read_recording(path)] == [True, True, True, False]
