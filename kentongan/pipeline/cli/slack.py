"""`kentongan slack`: buttons and /kentongan, through Socket Mode (`listen`) or a signed HTTP endpoint (`serve`)."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

import click

from alerts.slack_client import is_local
from alerts.slack_desk import Desk
from alerts.slack_endpoint import SlackEndpoint
from alerts.slack_socket import SlackSocket
from kentongan.errors import ConfigError
from kentongan.pipeline.slack_answers import SlackAnswers
from kentongan.pipeline.wiring import Context, open_context
from kentongan.settings import Settings, read_settings
from kentongan.words import say


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
    with open_context(settings) as ctx:
        socket = SlackSocket(settings.slack_app_token, _desk(ctx, settings), base_url=settings.slack_base_url)
        socket.connect()
        _until_told(
            say("Tersambung ke Slack (Socket Mode). Ctrl-C menghentikan.", "Connected to Slack (Socket Mode). Ctrl-C stops it."), socket.close
        )


@command.command(
    "serve", help=say("Titik HTTP bertanda tangan, di belakang server web ber-TLS", "A signed HTTP endpoint, behind a web server with TLS")
)
@click.option("--port", default=8085, show_default=True, type=click.IntRange(0, 65535), help=say("Nomor porta; 0 = pilih sendiri", "Port; 0 = any"))
@click.option("--host", default="127.0.0.1", show_default=True, help=say("Alamat; bawaan: mesin ini saja", "Address; default: this machine only"))
def serve(port: int, host: str) -> None:
    """Until Ctrl-C."""
    settings = _settings("slack_signing_secret", "SLACK_SIGNING_SECRET")
    with open_context(settings) as ctx:
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


def _desk(ctx: Context, settings: Settings) -> Desk:
    return Desk(SlackAnswers(ctx), ctx.clock, local=is_local(settings.slack_base_url))


def _until_told(what: str, close: Callable[[], None]) -> None:
    """Say that it runs, wait for SIGINT or SIGTERM, close."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    click.echo(what, err=True)
    try:
        while not stop.wait(3600):
            pass
    finally:
        close()
