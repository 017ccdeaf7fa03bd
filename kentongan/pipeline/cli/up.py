"""`kentongan up`: keep it running as a service, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType
from typing import NoReturn

import click

from kentongan.config import load_config
from kentongan.pipeline.airflow_support.service import airflow_service
from kentongan.settings import read_settings
from kentongan.words import say


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave processes behind
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


@click.command("up", help=say(
    "Jalankan terus sebagai layanan (Airflow, DAG aktif) sampai Ctrl-C.\n\n\b\nContoh:\n  kentongan up\n  KENTONGAN_PORT=8081 kentongan up",
    "Keep it running as a service (Airflow, DAGs on) until Ctrl-C.\n\n\b\nExamples:\n  kentongan up\n  KENTONGAN_PORT=8081 kentongan up",
))  # fmt: skip
@click.option(
    "--port",
    envvar="KENTONGAN_PORT",
    default=8080,
    show_default=True,
    type=click.IntRange(1, 65535),
    help=say("Port halaman Airflow", "Port of Airflow's pages"),
)
@click.option(
    "--host",
    envvar="KENTONGAN_HOST",
    default="127.0.0.1",
    show_default=True,
    help=say(
        "Alamat halaman Airflow; selain 127.0.0.1 hanya di dalam wadah (container)", "Address of Airflow's pages; another one only in a container"
    ),
)
def command(port: int, host: str) -> int:
    """Exit code 0 after Ctrl-C, 1 when a part of Airflow ended by itself."""
    settings = read_settings()
    load_config(settings.config)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    click.echo(say("Menyalakan Airflow (sekitar satu menit) ...", "Starting Airflow (about a minute) ..."), err=True)
    try:
        with airflow_service(settings, port, host=host, note=lambda line: click.echo(line, err=True)) as service:
            # A password belongs on a screen, not in the log of a service manager or a container.
            where = service.password_file
            shown = ", ".join(service.passwords().values()) if sys.stdout.isatty() else say(f"di {where}", f"in {where}")
            names = ", ".join(service.users)
            click.echo(
                say(
                    f"Berjalan di {service.address}  (nama: {names}, sandi: {shown})",
                    f"Running at {service.address}  (user: {names}, password: {shown})",
                )
            )
            click.echo(
                say(f"Catatan: {service.home / 'logs'}. Berhenti dengan Ctrl-C.", f"Logs: {service.home / 'logs'}. Stop with Ctrl-C."), err=True
            )
            while True:
                time.sleep(2)
                service.require_alive()
    except KeyboardInterrupt:
        click.echo(say("Berhenti.", "Stopped."), err=True)
        return 0
