"""The words of an alert: whole messages against tests/alerts/golden, and laws about what is never said.

`KENTONGAN_WRITE_GOLDEN=1 pytest tests/alerts/test_message.py` writes the golden files anew; read the difference before committing it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest

from alerts.actions import acknowledge
from alerts.fragments import fact_check_text, masked
from alerts.lifecycle import Decision, decide, tell_end
from alerts.message import AlertText, alert_text, compose
from alerts.phrases import chance, clock_time, lasting, window_length
from alerts.playbook import entry_for, load_playbook, steps_for, topic_name
from alerts.terminal import draw
from kentongan.config import AgencyConfig
from kentongan.records import Notice, NotifyReason, Quote, Window
from kentongan.words import Lang
from tests.alerts.builders import AGENCIES, PLN, alert_of, at, fires, notice, opened, rich_spike, terms, tick
from tests.factories import claim

GOLDEN = Path(__file__).parent / "golden"


def rich() -> Decision:
    return decide(None, rich_spike(), tick(0), terms())


def reminder() -> Notice:
    return decide(alert_of(rich()), None, tick(4), terms()).notices[0]


def escalated() -> Notice:
    first = decide(None, rich_spike(severity="medium"), tick(0), terms())
    taken = acknowledge(alert_of(first), by="Dewi Lestari", at=at(0.3))
    return decide(taken, replace(rich_spike(), observed=60, bin_end=at(1), window=Window(start=at(0), end=at(1))), tick(1), terms()).notices[0]


def resolved() -> Notice:
    worse = decide(alert_of(rich()), fires(2, observed=90, severity="critical", topics=("pemadaman",)), tick(2), terms())
    taken = acknowledge(alert_of(worse), by="Dewi Lestari", at=at(2.2))
    return decide(taken, None, tick(8.5), terms(), closed=True).notices[0]


def cold_hoax_simulated() -> Notice:
    spike = rich_spike(rule="hoax_volume", severity="medium", chance_weeks=None, copy_share=0.8, topics=("hoax",), sources_down=())
    return decide(None, spike, tick(0), terms(simulated=True)).notices[0]


def over_in_the_night() -> Notice:
    night = decide(None, fires(13, severity="low", chance_weeks=20.0, topics=()), tick(13), terms())
    end = decide(alert_of(night), None, tick(18), terms(), closed=True)
    return tell_end(alert_of(end), tick(20), terms()).notices[0]


def late_and_repeated() -> Notice:
    spike = fires(0, severity="low", expected=0.4, observed=1200, window=Window(start=at(-24), end=at(0)), topics=())
    late = decide(None, spike, tick(0, behind_h=30), terms()).notices[0]
    return replace(late, repeat=True)


MESSAGES: dict[str, Callable[[], Notice]] = {
    "first": lambda: rich().notices[0],
    "reminder": reminder,
    "escalated": escalated,
    "resolved": resolved,
    "hoax_cold_start_simulated": cold_hoax_simulated,
    "over_in_the_night": over_in_the_night,
    "late_and_repeated": late_and_repeated,
    "test": lambda: notice(transition=NotifyReason.TEST),
}


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_reads_as_agreed(name: str, lang: Lang) -> None:
    drawn = draw(compose(MESSAGES[name](), AGENCIES, lang), lang=lang)
    path = GOLDEN / f"{name}.{lang}.txt"
    if os.environ.get("KENTONGAN_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(drawn, encoding="utf-8")
    assert drawn == path.read_text(encoding="utf-8")
    assert max(len(line) for line in drawn.splitlines()) <= 80


def everything_in(text: AlertText) -> str:
    return "\n".join(str(getattr(text, f.name)) for f in fields(text))


def test_no_private_name_handle_number_or_link_is_ever_shown() -> None:
    leaky = Quote(
        mention_id="m", platform="x", published_at=at(0),
        text="kata @budi_santoso dan u/si_anu, NIK 3171012003900001, telp +62 812 3456 7890, budi@mail.example, https://x.com/budi/1 www.budi.id",
    )  # fmt: skip
    alert = acknowledge(alert_of(opened(top_mentions=(leaky,))), by="Dewi Lestari", at=at(0.1))
    said = everything_in(compose(notice(of=alert), AGENCIES, "id"))
    for secret in ("budi", "si_anu", "3171012003900001", "812", "Dewi"):
        assert secret not in said


def test_the_places_named_most_are_a_line_of_facts() -> None:
    decision = decide(None, rich_spike(places=(("32.73", 12), ("31", 3))), tick(0), terms())
    facts = dict(alert_text(alert_of(decision), PLN, "id").facts)
    assert facts["Tempat"] == "terbanyak dari Kota Bandung (12), Daerah Khusus Ibukota Jakarta (3)"
    assert "Tempat" not in dict(alert_text(alert_of(rich()), PLN, "id").facts)


def test_an_official_hotline_stays_readable() -> None:
    agency = PLN.model_copy(update={"hotlines": ("0811-1223-123",)})
    quote = Quote(mention_id="m", platform="x", published_at=at(0), text="Hubungi 0811-1223-123")
    said = compose(notice(of=alert_of(opened(top_mentions=(quote,)))), {"pln": agency}, "id")
    assert "0811-1223-123" in said.quotes[0].text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.example/x y", "ftp://a.example", "https://a.example/|x>", ""])
def test_only_a_plain_web_address_becomes_a_link(url: str) -> None:
    quote = Quote(mention_id="m", platform="web", published_at=at(0), text="kabar", url=url)
    text = compose(notice(of=alert_of(opened(top_mentions=(quote,), nearest_claim=claim(url=url)))), AGENCIES, "id")
    assert text.quotes[0].url == ""
    assert text.fact_check is not None
    assert text.fact_check.url == ""


def test_control_characters_of_a_stranger_reach_no_screen() -> None:
    quote = Quote(mention_id="m", platform="x", published_at=at(0), text="mati \x1b[2J\x1b]0;x\x07 lampu\u202e terbalik [bold]tebal[/bold]")
    said = draw(compose(notice(of=alert_of(opened(top_mentions=(quote,)))), AGENCIES, "id"))
    assert not {"\x1b", "\x07", "\u202e"} & set(said)
    assert "[bold]" in said, "and markup of the drawing library is only text"


def test_everything_of_a_simulation_says_so() -> None:
    text = compose(MESSAGES["hoax_cold_start_simulated"](), AGENCIES, "id")
    quotable = [text.banner, text.headline, text.sentence, text.footer, *text.steps, *(q.text for q in text.quotes)]
    assert text.fact_check is not None
    assert all(line.startswith("SIMULASI") for line in [*quotable, text.fact_check.title])
    assert text.commands == (), "there is nothing to do"


def test_a_real_alert_never_says_simulation() -> None:
    assert "SIMULASI" not in everything_in(compose(MESSAGES["first"](), AGENCIES, "id"))


@pytest.mark.parametrize(
    ("weeks", "said"),
    [
        (0.4, "beberapa kali sebulan"), (1.0, "sekali dalam 1 minggu"), (12.9, "sekali dalam 12 minggu"), (15.9, "sekali dalam 12 minggu"),
        (51.0, "sekali dalam 26 minggu"), (52.0, "lebih jarang dari sekali dalam setengah tahun"), (520.0, "setengah tahun"),
    ],
)  # fmt: skip
def test_chance_is_rounded_down_and_never_claims_more_than_half_a_year(weeks: float, said: str) -> None:
    assert said in chance(weeks, "id")


def test_a_cold_start_claims_nothing_about_what_is_usual() -> None:
    said = alert_text(alert_of(opened(chance_weeks=None, observed=40)), PLN, "id").sentence
    assert "terlalu pendek" in said
    assert "biasanya" not in said
    assert "kebetulan" not in said


@pytest.mark.parametrize(("zone", "said"), [("Asia/Jakarta", "10.00 WIB"), ("Asia/Makassar", "11.00 WITA"), ("Asia/Jayapura", "12.00 WIT")])
def test_times_are_in_the_agencys_own_zone(zone: str, said: str) -> None:
    assert clock_time(at(0), zone, "id").endswith(said)
    assert alert_text(alert_of(opened()), PLN.model_copy(update={"timezone": zone}), "id").sentence.count(said) >= 1


def test_lengths_of_time_in_words() -> None:
    span = at(27.35) - at(0)
    assert (lasting(span, "id"), lasting(span, "en"), lasting(at(0) - at(0), "id")) == ("1 hari 3 jam", "1 day 3 hours", "kurang dari semenit")
    assert [window_length(h, "id") for h in (0.5, 1, 24)] == ["30 menit", "1 jam", "24 jam"]


def test_one_mention_is_not_mentions() -> None:
    assert "1 negative mention in" in alert_text(alert_of(opened(observed=1)), PLN, "en").sentence


def test_an_agency_whose_file_is_gone_is_named_by_its_slug() -> None:
    assert "KRITIS · pln:" in compose(notice(), {}, "id").headline


def test_the_language_is_the_readers() -> None:
    assert compose(notice(), AGENCIES, "en").headline == "CRITICAL · PLN: complaints and negative mentions surge"


def test_every_step_of_the_playbook_is_one_sentence_in_both_languages() -> None:
    book = load_playbook()
    for name, entry in {**book.entries, "default": book.default}.items():
        for step in entry.steps:
            assert step.id.endswith((".", "?", ")", "!")), name
            assert len(step.id) <= 160, name
            assert step.id != step.en, name


@pytest.mark.parametrize(
    ("topics", "rule", "entry"),
    [
        (("pemadaman",), "negative_volume", "service_outage"), (("aplikasi-error",), "negative_volume", "service_outage"),
        (("listrik padam",), "negative_volume", "service_outage"),
        (("apa saja", "pungli"), "negative_volume", "corruption"), ((), "negative_volume", ""), (("pajak",), "hoax_volume", "hoax"),
    ],
)  # fmt: skip
def test_the_first_step_follows_the_topic(topics: tuple[str, ...], rule: str, entry: str) -> None:
    assert entry_for(topics, rule) == entry
    assert steps_for(topics, rule, "id")


def test_a_topic_is_named_in_the_readers_language() -> None:
    assert (topic_name("aplikasi-error", "id"), topic_name("aplikasi-error", "en")) == ("aplikasi error", "app failures")
    assert topic_name("sesuatu-baru", "en") == "sesuatu baru"


def test_an_alert_in_a_lull_says_so_and_names_the_peak() -> None:
    lull = alert_of(decide(alert_of(opened()), fires(4, observed=2, severity="low", chance_weeks=0.0), tick(4), terms()))
    said = alert_text(lull, AGENCIES["pln"], "id").sentence
    assert said.endswith("sedang mereda, tetapi belum dinyatakan selesai. Puncaknya 37 sebutan negatif dalam 1 jam.")
    assert "kebetulan" not in said


def test_the_window_is_the_last_hour_only_while_it_is() -> None:
    assert "1 jam terakhir" in compose(notice(), AGENCIES, "id").sentence
    assert "terakhir" not in compose(replace(notice(), decided_at=at(2)), AGENCIES, "id").sentence


def test_a_long_list_of_silent_sources_is_cut() -> None:
    down = tuple(f"sumber-{n}" for n in range(9))
    said = dict(alert_text(alert_of(opened(sources_down=down)), AgencyConfig(slug="pln", name="PLN", aliases=("PLN",)), "id").facts)
    assert said["Putus"] == "sumber-0, sumber-1, sumber-2, sumber-3, sumber-4 dan 4 lagi (angka sebenarnya bisa lebih tinggi)"


def test_what_the_strong_tier_confirms_is_said_and_nothing_where_it_read_nothing() -> None:
    told, silent = (decide(None, rich_spike(reread=read, confirmed=33), tick(0), terms()).notices[0] for read in (37, 0))
    assert "dari 37, 33 terkonfirmasi negatif" in draw(compose(told, AGENCIES, "id"))
    assert "of 37, 33 confirmed negative" in draw(compose(told, AGENCIES, "en"), lang="en")
    assert "terkonfirmasi" not in draw(compose(silent, AGENCIES, "id"))


@pytest.mark.parametrize("words", ["＠budi99 bohong", "bit.ly/abc123 tipu", "lihat bsky.app/profile/budi99.example", "kompasiana.com/budi99/padam"])
def test_a_quotation_holds_no_handle_and_nothing_that_a_chat_makes_a_link_of(words: str) -> None:
    assert not {"budi99", "bit.ly"} & set(re.findall(r"budi99|bit\.ly", masked(words, PLN)))


def test_a_full_stop_without_a_blank_is_no_link() -> None:
    assert masked("Listrik padam.Mohon/tolong segera", PLN) == "Listrik padam.Mohon/tolong segera"


def test_a_fact_checks_verdict_is_in_the_readers_language() -> None:
    alert = alert_of(opened(nearest_claim=claim(verdict="menyesatkan")))
    assert [(check := fact_check_text(alert, PLN, lang)) and check.origin.split(" ")[0] for lang in ("id", "en")] == ["MENYESATKAN", "MISLEADING"]
