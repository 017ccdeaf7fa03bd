"""`kentongan doctor`: is this machine ready, what is missing, what to do next."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from kentongan.findings import SIGNS
from kentongan.pipeline.doctor import examine
from kentongan.words import say


@click.command("doctor", help=say(
    "Periksa apakah mesin ini siap, dan sebutkan langkah berikutnya bila ada yang kurang.\n\n\b\nContoh:\n  kentongan doctor\n"
    "  kentongan doctor --json",
    "Check whether this machine is ready, and name the next step where something is missing.\n\n\b\nExamples:\n  kentongan doctor\n"
    "  kentongan doctor --json",
))  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help=say("Satu larik JSON, untuk skrip", "One JSON array, for scripts"))
@click.option(
    "--port",
    envvar="KENTONGAN_PORT",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help=say("Port untuk `make up`", "Port for `make up`"),
)
def command(as_json: bool, port: int) -> int:
    """Exit code 1 when something needed is missing; what is optional and not set up does not count."""
    findings = []
    for finding in examine(port=port):
        findings.append(finding)
        if not as_json:
            click.echo(f" {SIGNS[finding.state]} {finding.name:<14} {finding.what}")
            if finding.next_step and finding.state != "ok":
                click.echo(f"   {'':<14} → {finding.next_step}")
    missing = [finding.name for finding in findings if finding.state == "missing"]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    elif missing:
        click.echo(say(f"Belum siap: {', '.join(missing)}", f"Not ready: {', '.join(missing)}"))
    else:
        click.echo(say("Siap. Berikutnya: make run", "Ready. Next: make run"))
    return 1 if missing else 0
