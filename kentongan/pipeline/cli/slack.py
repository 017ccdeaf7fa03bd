"""`kentongan slack`: buttons and /kentongan, through Socket Mode (`listen`) or a signed HTTP endpoint (`serve`)."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click

from alerts.slack_client import is_local
from alerts.slack_desk import Desk
from alerts.slack_endpoint import SlackEndpoint
from alerts.slack_socket import SlackSocket
from kentongan.errors import ConfigError, StoreError
from kentongan.pipeline.receivers import tell_operations
from kentongan.pipeline.slack_answers import SlackAnswers
from kentongan.pipeline.wiring import Context, open_context
from kentongan.settings import Settings, read_settings
from kentongan.words import say

LOOK_S = 30.0
LOST_AFTER = 2  # looks in a row


@click.group("slack", help=say(
    "Layani tombol dan /kentongan di Slack. Pilih satu: listen (Socket Mode, tanpa alamat publik) atau serve (HTTP bertanda tangan).\n\n"
    "\b\nContoh:\n  SLACK_APP_TOKEN=xapp-... kentongan slack listen\n  SLACK_SIGNING_SECRET=... kentongan slack serve --port 8085",
    "Serve the buttons and /kentongan in Slack. Choose one: listen (Socket Mode, no public address) or serve (signed HTTP).\n\n"
    "\b\nExamples:\n  SLACK_APP_TOKEN=xapp-... kentongan slack listen\n  SLACK_SIGNING_SECRET=... kentongan slack serve --port 8085",
))  # fmt: skip
def command() -> None:
    """Both need SLACK_BOT_TOKEN too: the messages above the buttons are brought up to date with it."""


@command.command(
    "listen", help=say("Socket Mode: mesin ini yang membuka sambungan ke Slack", "Socket Mode: this machine opens the connection to Slack")
)
def listen() -> None:
    """Until Ctrl-C."""
    settings = _settings("slack_app_token", "SLACK_APP_TOKEN")
    with _open_service(settings) as ctx:
        socket = SlackSocket(settings.slack_app_token, _desk(ctx, settings), base_url=settings.slack_base_url)
        socket.connect()
        link = Link()
        _until_told(
            say("Tersambung ke Slack (Socket Mode). Ctrl-C menghentikan.", "Connected to Slack (Socket Mode). Ctrl-C stops it."),
            socket.close,
            lambda: _look_at(ctx, link, socket.is_connected()),
        )


@command.command(
    "serve", help=say("Titik HTTP bertanda tangan, di belakang server web ber-TLS", "A signed HTTP endpoint, behind a web server with TLS")
)
@click.option("--port", default=8085, show_default=True, type=click.IntRange(0, 65535), help=say("Nomor porta; 0 = pilih sendiri", "Port; 0 = any"))
@click.option("--host", default="127.0.0.1", show_default=True, help=say("Alamat; bawaan: mesin ini saja", "Address; default: this machine only"))
def serve(port: int, host: str) -> None:
    """Until Ctrl-C."""
    settings = _settings("slack_signing_secret", "SLACK_SIGNING_SECRET")
    with _open_service(settings) as ctx:
        try:
            endpoint = SlackEndpoint(settings.slack_signing_secret, _desk(ctx, settings), ctx.clock, host=host, port=port)
        except OSError as exc:
            hint = say("pilih --port lain", "choose another --port")
            raise ConfigError(f"--host {host} --port {port}: {exc.strerror or exc}; {hint}") from exc
        endpoint.start()
        _until_told(
            say(f"Melayani Slack di http://{host}:{endpoint.port}/slack. Ctrl-C menghentikan.",
                f"Serving Slack at http://{host}:{endpoint.port}/slack. Ctrl-C stops it."),
            endpoint.close,
        )  # fmt: skip


def _settings(field: str, name: str) -> Settings:
    settings = read_settings()
    if not getattr(settings, field):
        raise ConfigError(say(f"{name} belum diisi (docs/slack.md)", f"{name} is not set (docs/slack.md)"))
    if not settings.slack_bot_token:
        raise ConfigError(say("SLACK_BOT_TOKEN belum diisi (docs/slack.md)", "SLACK_BOT_TOKEN is not set (docs/slack.md)"))
    return settings


@contextmanager
def _open_service(settings: Settings) -> Iterator[Context]:
    """The context of a service, which has no terminal: what is told there goes where Airflow's tasks put it."""
    settings.var.mkdir(parents=True, exist_ok=True)
    with (settings.var / "terminal.txt").open("a", encoding="utf-8") as screen, open_context(settings, stream=screen) as ctx:
        yield ctx


def _desk(ctx: Context, settings: Settings) -> Desk:
    return Desk(SlackAnswers(ctx), ctx.clock, local=is_local(settings.slack_base_url))


class Link:
    """Whether the connection stands, with patience: Slack renews it every few hours."""

    def __init__(self) -> None:
        self._missed = 0

    def news(self, up: bool) -> str:
        """What there is to tell after one more look: lost (at the second look in a row), back again, or ""."""
        before, self._missed = self._missed, 0 if up else self._missed + 1
        if self._missed == LOST_AFTER:
            return say(
                "sambungan putus, tombol di Slack tidak dijawab; dicoba terus. Periksa jaringan dan SLACK_APP_TOKEN; "
                "sementara itu: kentongan alerts ack ID",
                "the connection is lost, the buttons in Slack are not answered; it is tried on and on. Check the network and SLACK_APP_TOKEN; "
                "meanwhile: kentongan alerts ack ID",
            )
        return say("tersambung lagi", "connected again") if up and before >= LOST_AFTER else ""


def _look_at(ctx: Context, link: Link, up: bool) -> None:
    """slack_sdk tries to connect again and says nothing when it cannot: whoever runs this, and operations, must hear of it."""
    if news := link.news(up):
        click.echo(f"slack listen: {news}", err=True)
        try:
            tell_operations(ctx, say(f"tombol Slack: {news.partition(',')[0]}", f"Slack's buttons: {news.partition(',')[0]}"), news)
        except StoreError as exc:
            click.echo(str(exc), err=True)


def _until_told(what: str, close: Callable[[], None], look: Callable[[], None] = lambda: None) -> None:
    """Say that it runs, look now and then, wait for SIGINT or SIGTERM, close."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    click.echo(what, err=True)
    try:
        while not stop.wait(LOOK_S):
            look()
    finally:
        close()
