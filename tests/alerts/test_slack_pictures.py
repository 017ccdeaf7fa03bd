"""The picture below a message, the links, and the preview page that needs no workspace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.picture import Hour, draw_hours
from alerts.slack import SlackReceiver
from alerts.slack_preview import Shown, page
from kentongan.config import load_config
from kentongan.pipeline.enclosures import StoredEnclosures, hours_of
from kentongan.pipeline.preview import write_preview
from kentongan.ports import Evaluation
from kentongan.records import BinCount, Window
from kentongan.settings import Settings
from tests.alerts.builders import AGENCIES, PLN, alert_of, at, notice, open_state, opened
from tests.servers.slack import TOKEN, Answer, Reset, SlackServer

PNG = b"\x89PNG\r\n"
HOUR = timedelta(hours=1)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


def counted(hours_ago: float, negative: int) -> BinCount:
    return BinCount(agency="pln", start=at(-hours_ago), total=negative + 3, negative=negative, positive=0, hoax=0)


def receiver(slack: SlackServer, tmp_path: Path, *, counts: bool = True, **addresses: str) -> SlackReceiver:
    settings = Settings(var=tmp_path, database=tmp_path / "k.db", config=tmp_path, **addresses)  # type: ignore[arg-type]  # addresses are text
    state = open_state(tmp_path)
    if counts:
        state.put_counts([counted(2, 4), counted(1, 37)])
        state.add_evaluations([Evaluation(agency="pln", rule="negative_volume", bin_start=at(-1), observed=37, expected=6.0, bin_expected=0.5)])
    config = load_config(Path(__file__).parents[2] / "config").model_copy(update={"agencies": AGENCIES})
    return SlackReceiver(TOKEN, AGENCIES, base_url=slack.url, sleep=lambda _: None, enclosures=StoredEnclosures(settings, config, state))


def test_the_picture_of_the_spike_is_uploaded_below_its_message(slack: SlackServer, tmp_path: Path) -> None:
    ref = receiver(slack, tmp_path).send(notice(), "")
    root, shared = slack.channel("#humas-pln").messages
    assert ref.endswith(root["ts"])
    assert shared["thread_ts"] == root["ts"]
    (uploaded,) = slack.files.values()
    assert PNG in uploaded
    (asked,) = slack.calls("files.getUploadURLExternal")
    assert "sebutan negatif" in asked["alt_txt"], "screen readers hear the sentence"


@pytest.mark.parametrize("how", [Answer(200, {"ok": False, "error": "missing_scope"}), Answer(500, "oops"), Reset(done=False)])
def test_a_picture_that_slack_does_not_take_never_repeats_the_message(slack: SlackServer, tmp_path: Path, how: Answer | Reset) -> None:
    slack.misbehave("files.getUploadURLExternal", how)
    assert receiver(slack, tmp_path).send(notice(), "") != ""
    assert len(slack.channel("#humas-pln").messages) == 1


@pytest.mark.parametrize(("pause", "pictures"), [("2", 1), ("60", 0)])
def test_a_short_pause_that_slack_asks_for_is_kept_once_for_the_picture(slack: SlackServer, tmp_path: Path, pause: str, pictures: int) -> None:
    slack.misbehave("files.completeUploadExternal", Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": pause}))
    receiver(slack, tmp_path).send(notice(), "")
    messages = slack.channel("#humas-pln").messages
    assert [message.get("subtype") for message in messages] == [None, *["file_share"] * pictures]


def test_without_counts_there_is_no_picture(slack: SlackServer, tmp_path: Path) -> None:
    receiver(slack, tmp_path, counts=False).send(notice(), "")
    assert slack.files == {}


def test_links_are_shown_only_where_their_address_is_configured(slack: SlackServer, tmp_path: Path) -> None:
    receiver(slack, tmp_path, counts=False).send(notice(), "")
    (tmp_path / "more").mkdir()
    with_links = receiver(slack, tmp_path / "more", counts=False, kibana_url="https://kibana.example", console_url="https://konsol.example/")
    with_links.send(notice(), "")
    plain, linked = (json.dumps(m["blocks"]) for m in slack.channel("#humas-pln").messages)
    assert ("kibana.example" in plain, "konsol.example" in plain) == (False, False)
    assert "https://kibana.example/app/discover" in linked
    assert f"https://konsol.example/alerts/{notice().alert.id}" in linked


def test_an_hour_that_was_mostly_not_listened_to_is_unknown_not_zero() -> None:
    window = Window(start=at(-3), end=at(0))
    unknown = {at(-3) + timedelta(minutes=5 * n) for n in range(8)}
    evaluations = [Evaluation(agency="pln", rule="r", bin_start=at(-2), observed=1, expected=2.0, bin_expected=0.25)]
    hours = hours_of([counted(1, 37), counted(0.5, 3)], evaluations, unknown, window, "negative")
    assert [(h.observed, h.expected) for h in hours] == [(None, None), (0, 3.0), (40, None)]


def test_a_picture_is_drawn_of_whatever_is_known() -> None:
    alert = alert_of(opened())
    for hours in ([Hour(start=at(0), observed=None, expected=None)], [Hour(start=at(n), observed=0, expected=0.0) for n in range(3)]):
        assert draw_hours(hours, alert, PLN, "id").startswith(PNG)


def test_the_preview_shows_three_severities_and_what_becomes_of_them(tmp_path: Path) -> None:
    paths = write_preview(tmp_path)
    assert {path.stem for path in paths if path.suffix == ".json"} == {"critical", "high", "medium", "passed-on", "taken-on", "over"}
    for severity, word in (("critical", "KRITIS"), ("high", "TINGGI"), ("medium", "SEDANG")):
        for ground in ("light", "dark"):
            shown = (tmp_path / f"{severity}-{ground}.html").read_text(encoding="utf-8")
            assert f"{word} · Instansi Contoh" in shown
            assert "Saya tangani" in shown
            assert "data:image/png;base64," in shown
            assert "budi99" not in shown
    assert len(paths) == 18


def test_the_preview_escapes_a_strangers_markup() -> None:
    evil = "*tebal* <script>alert(1)</script> &lt;!channel&gt;"
    built = [{"type": "section", "text": {"type": "mrkdwn", "text": evil}}]
    shown = page([Shown(blocks=built, time="02.00")], dark=True, title="x")
    assert "<script" not in shown
    assert "&lt;!channel&gt;" in shown.replace("&amp;lt;", "&lt;").replace("&amp;gt;", "&gt;")


@pytest.mark.parametrize("block", [{"type": "video"}, {"type": "actions", "elements": [{"type": "datepicker"}]}])
def test_the_preview_refuses_what_it_cannot_draw(block: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no drawing"):
        page([Shown(blocks=[block], time="02.00")], dark=False, title="x")
