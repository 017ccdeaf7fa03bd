"""The page: whole in itself, readable, complete in both languages, and it names no private person."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kentongan.clock import parse_time
from kentongan.digests.chat import render_chat
from kentongan.digests.page import render_html
from kentongan.digests.phrases import change_words, duration_words, formula_rows, range_words, share_words
from kentongan.digests.quotations import mark_of, without_quotations
from kentongan.digests.risk import WEIGHTS
from kentongan.pipeline.weekly import kibana_week
from kentongan.records import Author, AuthorKind, NotifyReason, ScoredMention, Window, Withheld
from kentongan.settings import Settings
from kentongan.words import Lang
from tests.digests.conftest import END, START, Home, answer, hours
from tests.factories import alert, claim, mention

MADE_AT = END + timedelta(hours=7)
LANGUAGES: list[Lang] = ["id", "en"]


def busy(home: Home) -> Home:
    """A week in which everything happens."""
    checked = claim(published_at=hours(30))
    home.state.put_claims([checked])
    complaints = [mention(published_at=hours(n), topics=("pemadaman",)) for n in range(60)]
    home.save(*(mention(published_at=hours(-168 + n), sentiment=0.5) for n in range(60)), *complaints, answer(complaints[0], 2))
    home.save(*(mention(hoax=0.9, claim_id=checked.id, cluster_id="c", published_at=hours(40)) for _ in range(8)))
    home.state.save_alert(alert(opened_at=hours(20), topics=("pemadaman",), severity="critical", notified_severity="critical"))
    silenced = Withheld(agency="pln", rule="hoax_volume", at=hours(50), reason=NotifyReason.SILENCED, detail="Humas: pemeliharaan")
    home.state.add_withheld([silenced])
    return home


def crowd() -> list[ScoredMention]:
    """Enough mentions of PLN for a section of its own."""
    return [mention() for _ in range(12)]


class Reader(HTMLParser):
    """Collects what a page would load, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(page)
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("script", "link", "img", "iframe", "object", "embed", "video", "audio", "source", "base", "form"):
            self.loads.append(tag)
        self.loads += [name for name in values if name in ("src", "srcset", "data", "background", "ping") or name.startswith("on")]
        self.words += " " if tag in ("td", "th", "p", "li", "br", "b", "small", "h2") else ""
        if tag == "a":
            self.links.append(values.get("href") or "")
        if "id" in values:
            self.ids.append(values["id"] or "")
        if tag not in ("meta", "rect", "br", "path"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_well_formed_and_loads_nothing(home: Home, lang: Lang) -> None:
    page = render_html(busy(home).numbers(), lang, MADE_AT)
    reader = Reader(page)
    assert (reader.open, reader.loads) == ([], [])
    assert "default-src 'none'" in page
    assert not re.search(r"url\(|@import", page)
    assert all(link[1:] in reader.ids for link in reader.links if link.startswith("#"))


SAID: dict[Lang, list[str]] = {
    "id": [
        "Yang perlu perhatian",
        "68 dari 68 sebutan negatif (100%)",
        "Keluhan terbanyak: pemadaman (60)",
        "1 peringatan (kritis; 1 masih berlangsung)",
        "Keluhan dijawab akun resmi: 2%, median 2 jam",
        "Token listrik gratis dari PLN Salah, Cek Fakta, 3 Maret 2026",
        "8 sebutan 8 akun",
        "Dugaan hoaks menyebar: dibisukan (Humas: pemeliharaan)",
        "Cara membaca",
    ],
    "en": [
        "What needs attention",
        "68 of 68 mentions negative (100%)",
        "Most complained of: pemadaman (60)",
        "1 alert (critical; 1 still going on)",
        "Complaints answered by official accounts: 2%, median 2 h",
        "Token listrik gratis dari PLN False, Cek Fakta, 3 March 2026",
        "8 mentions 8 accounts",
        "A suspected hoax is spreading: silenced (Humas: pemeliharaan)",
        "How to read it",
    ],
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_that_happened_is_on_the_page(home: Home, lang: Lang) -> None:
    words = Reader(render_html(busy(home).numbers(), lang, MADE_AT)).words
    assert [piece for piece in SAID[lang] if piece not in words] == []


def test_the_formula_on_the_page_is_the_one_that_computes_it(home: Home) -> None:
    words = Reader(render_html(home.numbers(), "id", MADE_AT)).words
    rows = formula_rows("id")
    assert [points for _, points, _, _ in rows] == list(WEIGHTS.values())
    assert all(f"{name} {points} {measured} {full}" in words for name, points, measured, full in rows)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_language_leaks_into_the_other(home: Home, lang: Lang) -> None:
    words = Reader(render_html(busy(home).numbers(), lang, MADE_AT)).words
    foreign = {"id": ["mentions", "complain", "answered", "Monday", "week before"], "en": ["sebutan", "keluhan", "minggu", "Senin", "Peringatan"]}[
        lang
    ]
    assert [word for word in foreign if re.search(rf"\b{word}\b", words)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_database_gives_a_page_that_says_so_and_what_to_do(home: Home, lang: Lang) -> None:
    numbers = home.numbers()
    words = Reader(render_html(numbers, lang, MADE_AT)).words
    assert "kentongan sources" in words
    assert "kentongan sources" in render_chat(numbers, lang, "x.html").sentence


def test_an_agency_without_mentions_is_named_below_the_table_and_has_no_section(home: Home) -> None:
    home.save(*crowd())
    reader = Reader(render_html(home.numbers(), "id", MADE_AT))
    assert "Tanpa satu pun sebutan minggu ini: BMKG." in reader.words
    assert reader.ids == ["pln"]


def test_a_first_week_is_compared_with_nothing(home: Home) -> None:
    home.save(*crowd())
    words = Reader(render_html(home.numbers(), "id", MADE_AT)).words
    assert "Minggu sebelumnya belum didengarkan penuh" in words
    assert "Sebutan 12 belum ada pembanding" in words
    assert not re.search(r"minggu lalu \d", words)


def test_a_simulation_says_so_in_its_banner_title_headings_and_summary(home: Home) -> None:
    home.save(mention(tags=("simulasi",)))
    page = render_html(home.numbers(), "id", MADE_AT)
    assert "SIMULASI" in re.findall("<title>(.*)</title>", page)[0]
    assert all("SIMULASI" in heading for heading in re.findall("<h[12]>(.*?)</h[12]>", page) if "Cara membaca" not in heading)
    summary = render_chat(home.numbers(), "en", "x.html")
    assert "SIMULASI" in summary.headline


def test_a_strangers_markup_stays_text(home: Home) -> None:
    home.save(*(mention(topics=("<b>x</b>",), text='<script>alert(1)</script> listrik padam & tagihan naik "terus" bulan ini') for _ in range(3)))
    home.state.put_claims([evil := claim(title="<img src=x onerror=alert(1)>", url="javascript:alert(1)")])
    home.save(*(mention(hoax=0.9, claim_id=evil.id) for _ in range(4)))
    page = render_html(home.numbers(), "id", MADE_AT)
    assert Reader(page).loads == []
    assert "javascript:" not in page


PERSONAL = ["siti_kasur", "Siti Kasur", "081298765432", "3171234505900001", "siti@contoh.example", "@budi.santai", "u/pak_rt_05", "bit.ly/bansos2"]


def test_no_private_name_handle_number_or_link_is_on_the_page(home: Home) -> None:
    text = ("padam lagi @budi.santai tolong, hubungi 081298765432 atau siti@contoh.example, NIK 3171234505900001, "
            "kata /u/pak_rt_05 daftar di bit.ly/bansos2")  # fmt: skip
    author = Author(key="v1:0123456789abcdef", kind=AuthorKind.CITIZEN)
    home.save(
        *(
            mention(text=text, topics=("pemadaman",), author=author, url="https://x.com/siti_kasur/status/1", native_id=f"siti_kasur/{n}")
            for n in range(4)
        )
    )
    home.save(*(mention(text=f"{text} sebarkan", hoax=0.9, cluster_id="c", author=author, url="https://x.com/siti_kasur/1") for _ in range(4)))
    for lang in LANGUAGES:
        page = render_html(home.numbers(), lang, MADE_AT) + str(render_chat(home.numbers(), lang, "x.html"))
        assert "padam lagi @…" in page
        assert [one for one in PERSONAL if one in page] == []
        assert "v1:0123456789abcdef" not in page


def test_an_agencys_own_account_and_hotline_may_be_quoted(home: Home) -> None:
    home.save(*crowd(), mention(text="@pln_123 sudah lapor berkali-kali, listrik di rumah kami belum menyala juga", topics=("pemadaman",)))
    assert "@pln_123" in render_html(home.numbers(), "id", MADE_AT)


def test_a_forgotten_mention_can_be_taken_out_of_a_page_and_nothing_else_is(home: Home) -> None:
    said = [mention(topics=(topic,), text=f"{topic} naik terus padahal rumah kosong sejak lebaran") for topic in ("tagihan", "pungli")]
    home.save(*crowd(), *said)
    page = render_html(home.numbers(), "id", MADE_AT)
    cleaned = without_quotations(page, [said[0].mention.id])
    assert "tagihan naik terus" in page
    assert "tagihan naik terus" not in cleaned
    assert "pungli naik terus" in cleaned
    assert mark_of(said[0].mention.id) not in cleaned


def test_whom_a_reply_addresses_is_not_quoted_and_html_of_a_source_is_resolved(home: Home) -> None:
    home.save(*crowd(), mention(text="@a @b @c padam &amp; gelap sejak sore di kampung kami @d @e", topics=("pemadaman",)))
    assert ">padam &amp; gelap sejak sore di kampung kami</q>" in render_html(home.numbers(), "id", MADE_AT)


def test_a_text_with_what_looks_like_a_name_is_quoted_only_where_there_is_no_other(home: Home) -> None:
    named = [
        mention(text=f"Pak {name} petugas loket membentak pelanggan tua", topics=("pelayanan",), metrics={"likes": 900})
        for name in ("Rahmat", "Slamet")
    ]
    home.save(*crowd(), *named, mention(text="petugas loket membentak pelanggan tua sampai menangis", topics=("pelayanan",)))
    page = render_html(home.numbers(), "id", MADE_AT)
    assert "sampai menangis" in page
    assert "Rahmat" not in page


def test_an_agency_of_a_few_mentions_has_a_row_and_no_section(home: Home) -> None:
    home.save(*crowd(), *(mention(agencies=("bmkg",)) for _ in range(4)))
    reader = Reader(render_html(home.numbers(), "id", MADE_AT))
    assert reader.ids == ["pln"]
    assert "4 dari 4" in reader.words


def test_an_issue_of_few_among_many_does_not_speak_for_them(home: Home) -> None:
    home.save(*(mention() for _ in range(60)), *(mention(topics=("tagihan",)) for _ in range(5)))
    assert "Keluhan terbanyak: tagihan" not in render_chat(home.numbers(), "id", "x.html").sentence
    page = Reader(render_html(home.numbers(), "id", MADE_AT)).words
    assert "isu dikenali pada 8% sebutan negatif" in page


# --- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(0, 0, "–"), (0, 90, "0%"), (1, 900, "<1%"), (30, 90, "33%"), (90, 90, "100%"), (3, 4, "3 dari 4"), (19, 19, "19 dari 19")],
)  # fmt: skip
def test_shares_are_told_without_false_precision(part: int, whole: int, said: str) -> None:
    assert share_words(part, whole, "id") == said


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (10, 1, "minggu lalu 1"),  # 1 to 10 is not "+900%"
        (50, 50, "minggu lalu 50"),
        (134, 100, "+34% (minggu lalu 100)"),
        (66, 100, "−34% (minggu lalu 100)"),
        (2500, 1000, "+150% (minggu lalu 1.000)"),
        (3200, 1000, "3,2 kali lipat (minggu lalu 1.000)"),
        (5, None, "belum ada pembanding"),
    ],
)
def test_changes_are_told_in_percent_only_where_there_is_enough_to_take_percent_of(now: int, before: int | None, said: str) -> None:
    assert change_words(now, before, "id") == said


@pytest.mark.parametrize(
    ("minutes", "said_id", "said_en"),
    [(0, "kurang dari semenit", "less than a minute"), (35, "35 menit", "35 min"), (60, "1 jam", "1 h"), (80, "1 jam 20 menit", "1 h 20 min"),
     (1440 + 65, "1 hari 1 jam", "1 day 1 h"), (2 * 1440 + 5, "2 hari", "2 days")],
)  # fmt: skip
def test_lengths_of_time_are_told_in_two_units(minutes: int, said_id: str, said_en: str) -> None:
    length = timedelta(minutes=minutes)
    assert (duration_words(length, "id"), duration_words(length, "en")) == (said_id, said_en)


@pytest.mark.parametrize(
    ("start", "said"),
    [("2026-03-16", "16–22 Maret 2026"), ("2026-03-30", "30 Maret – 5 April 2026"), ("2025-12-29", "29 Desember 2025 – 4 Januari 2026")],
)
def test_a_week_is_named_by_its_first_and_last_day(start: str, said: str) -> None:
    first = parse_time(f"{start}T00:00:00")
    assert range_words(Window(start=first, end=first + timedelta(days=7)), "id") == said


def test_days_that_are_no_calendar_days_are_explained(home: Home) -> None:
    home.save(mention())
    shifted = home.numbers(end=START + timedelta(days=7, hours=14))
    assert "Tiap batang 24 jam, mulai pukul 14.00 WIB." in Reader(render_html(shifted, "id", MADE_AT)).words


# --- the summary ----------------------------------------------------------------------------------------------------


def test_the_summary_fits_a_chat_and_says_where_the_rest_is(home: Home) -> None:
    numbers = busy(home).numbers()
    crowd = replace(numbers, agencies=tuple(replace(numbers.agencies[0], name=f"Badan Sangat Panjang Sekali Namanya {n}") for n in range(12)))
    for lang in LANGUAGES:
        summary = render_chat(crowd, lang, "/var/lib/kentongan/var/digests/ringkasan-2026-03-08.html")
        assert len(summary.headline) <= 148  # Slack's header has 150 characters, the bell takes two
        assert len(summary.sentence) < 1400  # the receiver cuts at 1,500
        assert summary.sentence.endswith("ringkasan-2026-03-08.html")


def test_the_summary_of_a_calm_week_says_that_it_was_calm(home: Home) -> None:
    home.save(*(mention(sentiment=0.5, published_at=hours(n - 168)) for n in range(300)))
    assert "Minggu yang tenang" in render_chat(home.numbers(), "id", "x.html").sentence


# --- readable -------------------------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_stands_out_from_its_ground(home: Home) -> None:
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", render_html(home.numbers(), "id", MADE_AT)))
    grounds = dict.fromkeys(("low", "medium", "high", "critical", "sim"), "#ffffff")  # white text on these
    pairs = [(colours[name], ground) for name, ground in grounds.items()]
    pairs += [(colours[text], colours[ground]) for text in ("ink", "soft", "link") for ground in ("paper", "back")] + [
        (colours["ink"], colours["warn"])
    ]
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []  # WCAG 2.2, level AA


def test_an_agency_s_week_leads_to_kibana_where_there_is_one(home: Home, tmp_path: Path) -> None:
    numbers = busy(home).numbers()
    settings = Settings(database=tmp_path / "k.db", var=tmp_path, config=tmp_path, kibana_url="https://kibana.example")
    linked = render_html(numbers, "id", MADE_AT, look_closer=partial(kibana_week, settings, numbers.window))
    slugs = re.findall(r'app/dashboards#/view/kentongan-instansi[^"]+query:&#39;agencies:%20%22([a-z-]+)%22&#39;', linked)
    assert slugs and slugs == re.findall(r'<section id="([a-z-]+)">\n<div class="head">', linked)
    assert "kibana" not in render_html(numbers, "id", MADE_AT).lower()
