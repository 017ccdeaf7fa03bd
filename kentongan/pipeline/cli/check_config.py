"""`kentongan check-config`: every problem with file, key and the nearest valid key."""

from __future__ import annotations

from pathlib import Path

import click

from kentongan.config import load_config
from kentongan.errors import ConfigError
from kentongan.pipeline.receivers import check_receivers
from kentongan.settings import read_settings
from kentongan.words import say
from listeners import check_source


@click.command("check-config", help=say(
    "Periksa semua berkas konfigurasi.\n\n\b\nContoh:\n  kentongan check-config\n  kentongan check-config /etc/kentongan",
    "Check all configuration files.\n\n\b\nExamples:\n  kentongan check-config\n  kentongan check-config /etc/kentongan",
))  # fmt: skip
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
def command(folder: Path | None) -> int:
    """Exit code 2 when anything is wrong, with one line per problem."""
    folder = (folder or read_settings().config).absolute()
    config = load_config(folder)
    problems = check_receivers(config)
    problems += [f"{folder / 'sources' / name}.yml: {line}" for name, source in config.sources.items() for line in check_source(source)]
    if problems:
        raise ConfigError("\n".join(problems))
    on = sum(rule.enabled for rule in config.rules.values())
    click.echo(say(
        f"Baik: {len(config.agencies)} instansi, {len(config.sources)} sumber, {on} aturan aktif di {folder}",
        f"Fine: {len(config.agencies)} agencies, {len(config.sources)} sources, {on} rules switched on in {folder}",
    ))  # fmt: skip
    if not on:
        click.echo(say(
            f"{folder / 'rules.yml'}: tidak ada aturan yang aktif, jadi tidak akan pernah ada peringatan",
            f"{folder / 'rules.yml'}: no rule is switched on, so nothing will ever alert",
        ), err=True)  # fmt: skip
    return 0
