"""`kentongan kibana`: data views, saved searches and dashboards for the analysts."""

from __future__ import annotations

import click

from kentongan.errors import ConfigError
from kentongan.settings import read_settings
from kentongan.store.elastic_setup import checked_prefix
from kentongan.store.kibana import Kibana
from kentongan.words import say
from mappings import kibana

STEPS = {"new": ("baru", "new"), "same": ("tetap", "unchanged"), "updated": ("diperbarui", "updated"), "kept": ("dibiarkan", "kept")}


@click.group("kibana", help=say(
    "Dasbor Kibana untuk analis.\n\n\b\nContoh:\n  export KENTONGAN_KIBANA_URL=http://localhost:5601\n  kentongan kibana setup\n"
    "  kentongan kibana export > kentongan.ndjson",
    "Kibana dashboards for analysts.\n\n\b\nExamples:\n  export KENTONGAN_KIBANA_URL=http://localhost:5601\n  kentongan kibana setup\n"
    "  kentongan kibana export > kentongan.ndjson",
))  # fmt: skip
def command() -> None:
    """Sub-commands below."""


@command.command("setup", help=say(
    "Pasang tampilan data, pencarian dan dasbor. Boleh diulang; yang sudah diubah analis dibiarkan.",
    "Put data views, searches and dashboards in place. May be repeated; what an analyst changed is kept.",
))  # fmt: skip
@click.option("--space", default="", help=say("Ruang (space) Kibana, satu per penyewa", "Kibana space, one per tenant"))
@click.option("--force", is_flag=True, help=say("Timpa juga yang sudah diubah", "Overwrite what was changed, too"))
def setup(space: str, force: bool) -> None:
    """One line per object on standard output: type, step, title."""
    settings = read_settings()
    if not settings.kibana_url:
        raise ConfigError(say(
            "KENTONGAN_KIBANA_URL belum diisi; contoh: export KENTONGAN_KIBANA_URL=http://localhost:5601",
            "KENTONGAN_KIBANA_URL is not set; example: export KENTONGAN_KIBANA_URL=http://localhost:5601",
        ))  # fmt: skip
    objects = kibana.saved_objects(checked_prefix(settings.elasticsearch_prefix))
    with Kibana(settings.kibana_url, settings.kibana_api_key, space) as server:
        placed = server.setup(objects, force=force)
    for one in placed:
        click.echo(f"{say(*STEPS[one.step]):<11} {one.type:<14} {one.title}")
    if space and "/s/" not in settings.kibana_url:
        click.echo(say(
            f"Agar tautan di peringatan membuka ruang ini: KENTONGAN_KIBANA_URL={server.place}/s/{space}",
            f"For the links in alerts to open this space: KENTONGAN_KIBANA_URL={server.place}/s/{space}",
        ), err=True)  # fmt: skip
    kept = sum(one.step == "kept" for one in placed)
    if kept:
        click.echo(say(
            f"{kept} dibiarkan karena sudah diubah di Kibana; --force menimpanya.",
            f"{kept} kept because they were changed in Kibana; --force overwrites them.",
        ), err=True)  # fmt: skip


@command.command("export", help=say(
    "Tulis semuanya sebagai NDJSON untuk diimpor dengan tangan", "Write everything as NDJSON for an import by hand",
))  # fmt: skip
def export() -> None:
    """NDJSON on standard output."""
    for line in kibana.ndjson(checked_prefix(read_settings().elasticsearch_prefix)):
        click.echo(line, nl=False)
