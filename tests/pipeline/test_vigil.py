"""Five kinds of silence, kept apart; who is told of them, how often; and the outside watchdog."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alerts.lifecycle import decide
from kentongan.clock import FixedClock
from kentongan.pipeline.deliver import detect_and_alert
from kentongan.pipeline.heartbeat import beat
from kentongan.pipeline.status import LAST_EVALUATION, status_text
from kentongan.pipeline.vigil import RUNNING_SINCE, keep_vigil, look, low_volume, silent_sources, stopped, undelivered
from kentongan.pipeline.wiring import Context, open_context
from kentongan.records import BinCount, NotifyReason, SourceHealth
from kentongan.settings import Settings, packaged_config
from tests.alerts.builders import alert_of, opened, terms, tick, withheld
from tests.factories import T0

DAY = timedelta(days=1)
SOURCE = "antara-terkini"


class Watchdog:
    """An outside watchdog on localhost: counts what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.status = 200
        watchdog = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                watchdog.heard.append(self.path)
                self.send_response(watchdog.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Tests print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ping/rahasia-123"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


@pytest.fixture
def watchdog() -> Iterator[Watchdog]:
    found = Watchdog()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def ctx(tmp_path: Path, screen: io.StringIO, watchdog: Watchdog) -> Iterator[Context]:
    settings = Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config(), heartbeat_url=watchdog.url)
    with open_context(settings, clock=FixedClock(T0), terminal_only=True, stream=screen) as found:
        yield found


def wait(ctx: Context, step: timedelta) -> None:
    assert isinstance(ctx.clock, FixedClock)
    ctx.clock.advance(step)


def kinds(ctx: Context) -> list[str]:
    return [trouble.kind for trouble in look(ctx)]


def down(source: str, failures: int = 3, state: str = "failed") -> SourceHealth:
    return SourceHealth(source=source, state=state, at=T0, failures=failures, last_error="timeout")  # type: ignore[arg-type]  # one of the states


def heard(ctx: Context, weeks_ago: int, mentions: int) -> None:
    start = T0 - timedelta(hours=2) - timedelta(weeks=weeks_ago)
    ctx.state.put_counts([BinCount(agency="pln", start=start, total=mentions, negative=1, positive=0, hoax=0)])


# each kind by itself


def test_a_new_installation_is_in_no_trouble(ctx: Context) -> None:
    assert kinds(ctx) == []


def test_a_source_that_fails_and_one_that_brings_nothing_are_two_things() -> None:
    found = silent_sources([down("antara"), down("kompas", failures=1), down("tempo", state="silent"), down("detik", state="up")])
    assert [(t.kind, t.names) for t in found] == [("fetch_failed", ("antara",)), ("fetched_nothing", ("tempo",))]


def test_less_than_a_tenth_of_the_usual_is_low_a_tenth_is_not(ctx: Context) -> None:
    for week in range(1, 5):
        heard(ctx, week, 200)
    heard(ctx, 0, 19)
    assert kinds(ctx) == ["low_volume"]
    heard(ctx, 0, 20)
    assert kinds(ctx) == []


def test_one_agency_that_falls_silent_is_named_and_a_small_one_is_left_alone() -> None:
    week = {"pln": 100, "kpk": 10, "polri": 500}
    (trouble,) = low_volume({"polri": 480}, [week, week])
    assert trouble.names == ("pln",)


def test_a_week_in_which_nothing_was_counted_does_not_make_silence_usual() -> None:
    week = {"pln": 100}
    (trouble,) = low_volume({}, [week, {}, {}, week])
    assert trouble.names == ("*",)
    assert trouble.sentence.startswith("semua instansi. ")
    assert low_volume({}, [week]) == [], "one week is no custom"


def test_an_evaluation_that_is_half_an_hour_old_has_stopped() -> None:
    assert stopped("", T0) == []
    assert stopped((T0 - timedelta(minutes=29)).isoformat(), T0) == []
    assert stopped((T0 - timedelta(minutes=30)).isoformat(), T0)[0].kind == "evaluator_stopped"


def test_messages_that_do_not_get_through_name_their_destination(ctx: Context) -> None:
    decision = opened(agreed=terms(destinations=("slack:#humas-pln",)))
    ctx.state.save_alert(alert_of(decision), decision.notices)
    (row,) = ctx.state.lease_deliveries(T0, 60, "w")
    ctx.state.finish_delivery(row.notice.key, "w", "failed", reason="is_archived", at=T0)
    assert undelivered(ctx.state.deliveries(), T0)[0].names == ("slack:#humas-pln",)
    assert undelivered(ctx.state.deliveries(), T0 + DAY) == []


# who is told


def test_operations_are_told_once_again_after_a_day_and_when_it_is_over(ctx: Context, screen: io.StringIO) -> None:
    ctx.state.put_health(down("antara"))
    for _ in range(5):
        keep_vigil(ctx)
        wait(ctx, timedelta(hours=2))
    assert screen.getvalue().count("sumber putus") == 1
    wait(ctx, DAY)
    keep_vigil(ctx)
    assert screen.getvalue().count("sumber putus") == 2
    ctx.state.put_health(down("antara", state="up"))
    keep_vigil(ctx)
    keep_vigil(ctx)
    assert screen.getvalue().count("sumber putus: pulih") == 1


def test_another_source_that_goes_down_is_told_at_once(ctx: Context, screen: io.StringIO) -> None:
    ctx.state.put_health(down("antara"))
    keep_vigil(ctx)
    ctx.state.put_health(down("kompas"))
    wait(ctx, timedelta(hours=1))
    keep_vigil(ctx)
    assert "antara, kompas" in screen.getvalue()


def test_no_data_neither_opens_nor_resolves_an_alert() -> None:
    alert = alert_of(opened())
    silent = decide(alert, None, tick(3), terms(), closed=True, down=True)
    assert withheld(silent) == [NotifyReason.SOURCE_OUTAGE]
    assert silent.alert is not None
    assert silent.alert.resolved_at is None


# the outside watchdog


def test_the_watchdog_hears_of_each_detection_and_of_none_that_did_not_run(ctx: Context, watchdog: Watchdog) -> None:
    detect_and_alert(ctx)
    assert len(watchdog.heard) == 1
    ctx.state.acquire_lease("detect", "somebody else", T0, 600)
    detect_and_alert(ctx)
    assert len(watchdog.heard) == 1


def test_a_played_back_stream_is_no_sign_of_life(tmp_path: Path, watchdog: Watchdog) -> None:
    settings = Settings(var=tmp_path, database=tmp_path / "r.db", config=packaged_config(), heartbeat_url=watchdog.url)
    with open_context(settings, clock=FixedClock(T0), event_time=True, terminal_only=True, stream=io.StringIO()) as ctx:
        detect_and_alert(ctx)
    assert watchdog.heard == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/rahasia", "bukan alamat", "http://[bad"])
def test_a_watchdog_out_of_reach_stops_nothing_and_its_address_is_not_logged(url: str, caplog: pytest.LogCaptureFixture) -> None:
    assert not beat(url)
    assert "rahasia" not in caplog.text


def test_a_watchdog_that_refuses_is_logged(watchdog: Watchdog, caplog: pytest.LogCaptureFixture) -> None:
    watchdog.status = 404
    assert not beat(watchdog.url)
    assert "404" in caplog.text
    assert "rahasia" not in caplog.text


def test_status_says_when_the_last_evaluation_was(ctx: Context) -> None:
    detect_and_alert(ctx)
    wait(ctx, timedelta(minutes=7))
    assert "Evaluasi terakhir: 7 menit yang lalu" in status_text(ctx)
    assert ctx.state.meta(LAST_EVALUATION)


# sources are no longer read


def read(ctx: Context) -> None:
    """One round of listening, as the collector writes it down."""
    now = ctx.clock.now()
    ctx.state.add_poll(SOURCE, started_at=now, finished_at=now, ok=True, posts=1, kept=1)
    ctx.state.save_cursor(replace(ctx.state.cursor(SOURCE), polled_at=now))


@pytest.mark.parametrize(("every_min", "found"), [(10, ["collector_stopped"]), (240, [])], ids=["due", "not due"])
def test_a_collector_that_stands_still_while_detection_goes_on_is_told(ctx: Context, every_min: int, found: list[str]) -> None:
    ctx.config = ctx.config.model_copy(update={"sources": {SOURCE: ctx.config.sources[SOURCE].model_copy(update={"every_min": every_min})}})
    ctx.state.set_meta(RUNNING_SINCE, (T0 - timedelta(hours=2)).isoformat())
    read(ctx)
    wait(ctx, timedelta(minutes=30))
    assert kinds(ctx) == []
    wait(ctx, timedelta(minutes=11))
    assert kinds(ctx) == found
    read(ctx)
    assert kinds(ctx) == []


def test_the_first_round_after_a_downtime_does_not_blame_the_collector(ctx: Context) -> None:
    read(ctx)
    detect_and_alert(ctx)
    wait(ctx, timedelta(hours=10))
    detect_and_alert(ctx)
    assert kinds(ctx) == []


# a watchdog that is not there


def test_a_watchdog_that_refuses_for_half_an_hour_is_trouble_until_it_hears_again(ctx: Context, watchdog: Watchdog) -> None:
    watchdog.status = 404
    detect_and_alert(ctx)
    assert kinds(ctx) == []
    wait(ctx, timedelta(minutes=29))
    detect_and_alert(ctx)
    wait(ctx, timedelta(minutes=1))
    assert kinds(ctx) == ["watchdog_deaf"]
    assert "rahasia" not in look(ctx)[0].sentence
    watchdog.status = 200
    detect_and_alert(ctx)
    assert kinds(ctx) == []


def test_the_watchdogs_address_is_not_logged_by_the_http_library_either(watchdog: Watchdog, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert beat(watchdog.url)
    assert "rahasia" not in caplog.text
