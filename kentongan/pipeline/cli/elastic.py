"""`kentongan elastic`: set up, check, compare, migrate; keys with no more rights than needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click

import mappings
from kentongan.clock import SystemClock
from kentongan.errors import ConfigError, InputError
from kentongan.findings import SIGNS
from kentongan.settings import read_settings
from kentongan.store import elastic_tenant
from kentongan.store.elastic_check import examine
from kentongan.store.elastic_client import Connection
from kentongan.store.elastic_drift import Difference, differences
from kentongan.store.elastic_keys import Keys
from kentongan.store.elastic_reindex import Reindex
from kentongan.store.elastic_setup import checked_prefix
from kentongan.words import number, say

EXAMPLES = (
    "  export ELASTICSEARCH_URL=http://localhost:9200\n  kentongan elastic setup\n  kentongan elastic check\n  kentongan elastic drift\n"
    "  kentongan elastic reindex\n  kentongan elastic keys create writer --expires 365d"
)
WHERE = {
    "component_template": ("templat komponen", "component template"),
    "index_template": ("templat indeks", "index template"),
    "index": ("indeks", "index"),
}


@contextmanager
def tenant() -> Iterator[tuple[Connection, str]]:
    """The connection and the prefix that are set. Raises ConfigError."""
    settings = read_settings()
    if not settings.elasticsearch_url:
        raise ConfigError(say(
            "ELASTICSEARCH_URL belum diisi; contoh: export ELASTICSEARCH_URL=http://localhost:9200",
            "ELASTICSEARCH_URL is not set; example: export ELASTICSEARCH_URL=http://localhost:9200",
        ))  # fmt: skip
    connection = Connection(settings.elasticsearch_url, settings.elasticsearch_api_key)
    try:
        yield connection, checked_prefix(settings.elasticsearch_prefix)
    finally:
        connection.close()


@click.group("elastic", help=say(
    f"Elasticsearch: pasang, periksa, bandingkan, pindahkan; kunci dengan hak seperlunya (docs/elasticsearch.md).\n\n\b\nContoh:\n{EXAMPLES}",
    f"Elasticsearch: set up, check, compare, migrate; keys with no more rights than needed (docs/elasticsearch.md).\n\n\b\nExamples:\n{EXAMPLES}",
))  # fmt: skip
def command() -> None:
    """Sub-commands below."""


@command.command("setup", help=say(
    "Pasang templat, alias dan indeks bulan ini. Boleh diulang; perlu kunci bootstrap bila keamanan menyala.",
    "Put templates, aliases and this month's indices in place. May be repeated; needs the bootstrap key where security is on.",
))  # fmt: skip
def setup() -> None:
    """One line per kind: the index that is written now."""
    with tenant() as (connection, prefix):
        for kind, index in elastic_tenant.setup(connection, prefix, SystemClock().now()).items():
            click.echo(f"{kind:<10} {index}")


@command.command("check", help=say(
    "Periksa server, lisensi, hak kunci, templat, alias, kunci tulis, kesehatan, penganalisis. Kode keluar 1 bila ada yang kurang.",
    "Check server, licence, the key's rights, templates, aliases, write blocks, health, analyzer. Exit code 1 when something is wrong.",
))  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help=say("Satu larik JSON, untuk skrip", "One JSON array, for scripts"))
def check(as_json: bool) -> int:
    """One line per question; the next step under what is not in order."""
    findings = []
    with tenant() as (connection, prefix):
        for finding in examine(connection, prefix, SystemClock().now()):
            findings.append(finding)
            if not as_json:
                step = f"  → {finding.next_step}" if finding.next_step and finding.state != "ok" else ""
                click.echo(f" {SIGNS[finding.state]} {finding.name:<11} {finding.what}{step}")
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    return 1 if any(finding.state == "missing" for finding in findings) else 0


@command.command("drift", help=say(
    "Sebutkan tiap perbedaan antara mappings/ dan server. Kode keluar 1 bila ada.",
    "Tell each difference between mappings/ and the server. Exit code 1 when there is one.",
))  # fmt: skip
def drift() -> int:
    """One line per difference; the next step on standard error."""
    with tenant() as (connection, prefix), connection.client() as client:
        found = list(differences(client, connection.place, prefix))
    for line in _told(found):
        click.echo(line)
    if not found:
        click.echo(say("Tidak ada perbedaan.", "No difference."), err=True)
    if any(one.where != "index" for one in found):
        click.echo(
            say("Templat: kentongan elastic setup memasang yang dari mappings/.", "Templates: kentongan elastic setup puts those of mappings/."),
            err=True,
        )
    if any(one.needs_copy for one in found):
        click.echo(
            say(
                "Indeks: kentongan elastic reindex memindahkannya tanpa henti layanan.",
                "Indices: kentongan elastic reindex migrates them without a standstill.",
            ),
            err=True,
        )
    if any(one.where == "index" and not one.needs_copy for one in found):
        click.echo(
            say("Setelan indeks dapat diubah langsung: PUT INDEKS/_settings.", "Settings of an index can be changed at once: PUT INDEX/_settings."),
            err=True,
        )
    return 1 if found else 0


def _told(found: Iterable[Difference]) -> Iterator[str]:
    """One line per difference; what several months have alike is one line with all of them."""
    nothing = say("tidak ada", "not there")
    where: dict[str, list[str]] = {}
    for one in found:
        what = (
            f"{one.path}: server {one.theirs or nothing}, mappings/ {one.ours or nothing}"
            if one.path
            else say("tidak ada di server", "not on the server")
        )
        kind = one.name.rpartition("-")[0] if one.where == "index" else one.name
        where.setdefault(f"{one.where} {kind} {what}", [say(*WHERE[one.where]), what]).append(one.name)
    for part, what, first, *more in where.values():
        yield f"{part} {', '.join([first, *(name.rpartition('-')[2] for name in more)])}: {what}"


@command.command("reindex", help=say(
    "Pindahkan bulan yang pemetaannya berbeda ke indeks baru, sementara pencarian dan penyimpanan tetap jalan.\n\nTerputus di tengah? Jalankan "
    "lagi; ia melanjutkan. Yang lama dihapus hanya setelah jumlahnya cocok.",
    "Copy months whose mapping differs into new indices, while searching and saving go on.\n\nCut short? Run it again; it goes on. The old one is "
    "deleted only after the counts agree.",
))  # fmt: skip
@click.option("--month", default="", metavar="2026.03", help=say("Hanya bulan ini", "Only this month"))
@click.option("--all", "everything", is_flag=True, help=say("Juga yang tidak berbeda", "Also those that differ in nothing"))
def reindex(month: str, everything: bool) -> None:
    """One line per index that was replaced; progress on standard error."""
    if month and not re.fullmatch(r"\d{4}\.\d{2}", month):
        raise InputError(say(f"--month {month!r} bukan bulan; contoh: 2026.03", f"--month {month!r} is no month; example: 2026.03"))
    with tenant() as (connection, prefix):
        moved = 0
        for one in Reindex(connection, prefix, lambda line: click.echo(line, err=True)).run(month=month, everything=everything):
            moved += 1
            click.echo(f"{one.old} → {one.new}: {number(one.documents)}")
    if not moved:
        click.echo(say("Tidak ada yang perlu dipindahkan.", "Nothing needs to be copied."), err=True)


@command.group("keys", help=say(
    "Peran dan kunci API dengan hak seperlunya, satu penyewa masing-masing.\n\n\b\nbootstrap  memasang, memeriksa, memindahkan\n"
    "writer     mengumpulkan, melupakan, retensi; tidak menghapus indeks\nanalyst    hanya membaca",
    "Roles and API keys with no more rights than needed, for one tenant each.\n\n\b\nbootstrap  sets up, checks, migrates\nwriter     collects, "
    "forgets, keeps the retention; deletes no index\nanalyst    only reads",
))  # fmt: skip
def keys() -> None:
    """Sub-commands below."""


@keys.command("create", help=say(
    "Buat kunci dan tulis isinya, sekali ini saja. Perlu pengguna dan sandi dalam ELASTICSEARCH_URL.",
    "Make a key and print it, this once. Needs user and password in ELASTICSEARCH_URL.",
))  # fmt: skip
@click.argument("role", type=click.Choice(mappings.ROLES))
@click.option("--expires", default="", metavar="365d", help=say("Masa berlaku (bawaan: tanpa batas)", "How long it is valid (default: for ever)"))
def create(role: str, expires: str) -> None:
    """The value of ELASTICSEARCH_API_KEY on standard output."""
    with tenant() as (connection, prefix):
        click.echo(Keys(connection, prefix).create(role, expires))
    click.echo(
        say("Simpan sekarang sebagai ELASTICSEARCH_API_KEY; tidak ditampilkan lagi.", "Keep it now as ELASTICSEARCH_API_KEY; it is not shown again."),
        err=True,
    )


@keys.command("roles", help=say("Pasang ketiga peran, untuk pengguna yang masuk ke Kibana", "Put the three roles, for users who sign in to Kibana"))
def roles() -> None:
    """The roles' names."""
    with tenant() as (connection, prefix):
        click.echo("\n".join(Keys(connection, prefix).put_roles()))


@keys.command("show", help=say("Tulis hak satu peran sebagai JSON", "Print the rights of one role as JSON"))
@click.argument("role", type=click.Choice(mappings.ROLES))
def show(role: str) -> None:
    """JSON on standard output; no server is asked."""
    click.echo(json.dumps(mappings.role(role, checked_prefix(read_settings().elasticsearch_prefix)), ensure_ascii=False, indent=2))


@keys.command("list", help=say("Kunci penyewa ini", "This tenant's keys"))
def listed() -> None:
    """id, role, until when."""
    with tenant() as (connection, prefix):
        for key in Keys(connection, prefix).listed():
            until = say("dicabut", "revoked") if key.invalidated else key.expires_at.isoformat() if key.expires_at else say("tanpa batas", "for ever")
            click.echo(f"{key.id}  {key.role:<10} {until}")


# The server's ids may begin with a dash.
@keys.command("revoke", help=say("Cabut satu kunci", "Revoke a key"), context_settings={"ignore_unknown_options": True})
@click.argument("key_id")
def revoke(key_id: str) -> int:
    """Exit code 1 when there is no such key."""
    with tenant() as (connection, prefix):
        done = Keys(connection, prefix).revoke(key_id)
    click.echo(
        say("dicabut", "revoked")
        if done
        else say(
            f"tidak ada kunci {key_id} yang berlaku; lihat: kentongan elastic keys list", f"no valid key {key_id}; see: kentongan elastic keys list"
        ),
        err=True,
    )
    return 0 if done else 1
