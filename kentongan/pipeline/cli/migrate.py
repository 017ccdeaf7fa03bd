"""`kentongan migrate`: from the embedded file to Elasticsearch and PostgreSQL, or back; nothing lost, and shown to be so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from kentongan.clock import SystemClock
from kentongan.errors import ConfigError
from kentongan.pipeline.cli.amount import Amount
from kentongan.pipeline.migrate import SHOWN, Homes, Outcome, migrate, verify
from kentongan.pipeline.moving import PAGE, Checkpoint
from kentongan.seal import Seal
from kentongan.settings import Settings, read_settings
from kentongan.words import number, say

Part = Literal["mentions", "state"]


class Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        """Nothing before there is a rate."""
        return Text(f"{number(task.speed)}/s" if task.speed else "")


class Bar:
    """`Progress` of the use case as a bar on standard error."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task: TaskID | None = None

    def begin(self, id_text: str, en_text: str, total: int | None) -> None:
        """The step before is over."""
        if self._task is not None:
            done = self._bar.tasks[-1].completed
            self._bar.update(self._task, total=done, completed=done)
        self._task = self._bar.add_task(say(id_text, en_text), total=total)

    def advance(self, count: int) -> None:
        """So many more."""
        if self._task is not None:
            self._bar.advance(self._task, count)


@click.command("migrate", help=say(
    "Pindahkan sebutan dan keadaan dari berkas SQLite ke Elasticsearch dan PostgreSQL (ELASTICSEARCH_URL, KENTONGAN_STATE_URL), atau kembali.\n\n"
    "Boleh dihentikan kapan saja: jalankan lagi, dan ia meneruskan. Di akhir, jumlah dan sidik setiap bulan dan tabel dibandingkan; "
    "asalnya tidak diubah. Langkah demi langkah: docs/scenarios/.\n\n"
    "\b\nContoh:\n  kentongan migrate\n  kentongan migrate --only state\n  kentongan migrate --verify\n  kentongan migrate --back --db kembali.db",
    "Move mentions and state from the SQLite file to Elasticsearch and PostgreSQL (ELASTICSEARCH_URL, KENTONGAN_STATE_URL), or back.\n\n"
    "It may be stopped at any moment: run it again, and it goes on. At the end counts and seals of every month and table are compared; "
    "the source is not changed. Step by step: docs/scenarios/.\n\n"
    "\b\nExamples:\n  kentongan migrate\n  kentongan migrate --only state\n  kentongan migrate --verify\n  kentongan migrate --back --db back.db",
))  # fmt: skip
@click.option("--only", type=click.Choice(["mentions", "state"]), help=say("Hanya bagian ini", "This part alone"))
@click.option("--back", is_flag=True, help=say("Dari server ke berkas SQLite", "From the servers to the SQLite file"))
@click.option("--verify", "only_verify", is_flag=True, help=say("Bandingkan saja, jangan menulis", "Compare only, write nothing"))
@click.option(
    "--force",
    is_flag=True,
    help=say("Timpa keadaan di tujuan; sebutan yang hanya ada di sana tetap", "Replace the target's state; mentions that only the target has stay"),
)
@click.option("--wait", "wait_s", default=150.0, show_default=True, type=Amount(0, 3600), help=say(
    "Detik menunggu proses yang sedang bekerja", "Seconds to wait for processes at work"))  # fmt: skip
@click.option("--page", default=PAGE, show_default=True, type=click.IntRange(1, 5000), help=say("Sebutan per tulisan", "Mentions per write"))
@click.option("--db", type=click.Path(path_type=Path, dir_okay=False), help=say("Berkas SQLite", "The SQLite file"))
def command(only: Part | None, back: bool, only_verify: bool, force: bool, wait_s: float, page: int, db: Path | None) -> int:
    """Exit code 0 when both sides are equal at the end, 1 when they are not (the ids are named) or a server refused, 2 for wrong use."""
    settings = read_settings(database=db)
    parts = chosen_parts(settings, only)
    if not back and not settings.database.is_file():
        raise ConfigError(
            say(f"{settings.database}: tidak ada; tunjuk berkasnya dengan --db", f"{settings.database}: not there; name the file with --db")
        )
    settings.var.mkdir(parents=True, exist_ok=True)
    settings.database.parent.mkdir(parents=True, exist_ok=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with open_homes(settings, parts, back=back) as homes, Progress(*columns, console=Console(stderr=True)) as bar:
        if only_verify:
            outcome = verify(homes, progress=Bar(bar), force=force)
        else:
            checkpoint = Checkpoint(settings.var / "migration.json", homes.source_place, homes.target_place)
            outcome = migrate(homes, clock=SystemClock(), progress=Bar(bar), checkpoint=checkpoint, force=force, wait_s=wait_s, page=page)
    print_outcome(outcome)
    if outcome.equal and not only_verify:
        click.echo(next_step(parts, back=back), err=True)
    return 0 if outcome.equal else 1


def chosen_parts(settings: Settings, only: Part | None) -> set[Part]:
    """What is moved: the parts that have a server's address, or the one asked for. Raises ConfigError when its address is missing."""
    addresses: dict[Part, str] = {"mentions": settings.elasticsearch_url, "state": settings.state_url}
    if settings.state_url.startswith("sqlite"):
        raise ConfigError(say("KENTONGAN_STATE_URL: tujuan keadaan harus PostgreSQL", "KENTONGAN_STATE_URL: the state's target must be PostgreSQL"))
    parts: set[Part] = {only} if only else {part for part, address in addresses.items() if address}
    if not parts or any(not addresses[part] for part in parts):
        raise ConfigError(
            say(
                "ke mana? isi ELASTICSEARCH_URL (sebutan) dan KENTONGAN_STATE_URL (keadaan), atau satu di antaranya",
                "where to? set ELASTICSEARCH_URL (mentions) and KENTONGAN_STATE_URL (state), or one of them",
            )
        )
    return parts


@contextmanager
def open_homes(settings: Settings, parts: set[Part], *, back: bool) -> Iterator[Homes]:
    """Both ends of each part; a part that stays is opened where it is in use."""
    from kentongan.store.elastic_client import place_of
    from kentongan.store.mentions_elastic import ElasticMentions
    from kentongan.store.mentions_sqlite import SqliteMentions
    from kentongan.store.state_sql import SqlState

    with ExitStack() as stack:
        file = SqliteMentions(settings.database)
        stack.callback(file.close)
        file_state = SqlState(f"sqlite:///{settings.database}")
        stack.callback(file_state.close)
        server = server_state = None
        file_place, server_place = str(settings.database), ""
        if "mentions" in parts:
            server = ElasticMentions(
                settings.elasticsearch_url, api_key=settings.elasticsearch_api_key, prefix=settings.elasticsearch_prefix, timeout_s=120
            )
            stack.callback(server.close)
            server_place = f"{place_of(settings.elasticsearch_url)} {settings.elasticsearch_prefix}"
        if settings.state_url:
            server_state = SqlState(settings.state_url)
            stack.callback(server_state.close)
        moving = server_state if "state" in parts else None
        staying = server_state if "mentions" in parts and moving is None and server_state is not None else file_state
        if back:
            yield Homes(
                source=server or file, target=file if server else None,
                source_state=server_state or file_state, target_state=file_state if moving else None,
                source_place=server_place, target_place=file_place, one_file=server_state is None,
            )  # fmt: skip
        else:
            yield Homes(source=file, target=server, source_state=staying, target_state=moving, source_place=file_place, target_place=server_place)


def print_outcome(outcome: Outcome) -> None:
    """The table of months and tables, what was done, and what differs."""
    rows = [(month, *pair) for month, pair in outcome.months.items()] + [(name, *pair) for name, pair in outcome.tables.items()]
    width = max((len(name) for name, *_ in rows), default=10)
    click.echo(f"{say('bagian', 'part'):{width}}  {say('asal', 'source'):>12}  {say('tujuan', 'target'):>12}  {say('sidik', 'seal')}")
    for name, ours, theirs in rows:
        click.echo(f"{name:{width}}  {number(ours.count):>12}  {number(theirs.count):>12}  {_seal(ours, theirs)}")
    if outcome.resumed_at:
        click.echo(say(f"Diteruskan dari {outcome.resumed_at:%Y-%m-%d %H:%M} UTC.", f"Resumed at {outcome.resumed_at:%Y-%m-%d %H:%M} UTC."))
    if outcome.copied:
        rate = number(outcome.copied / max(outcome.seconds, 0.001))
        click.echo(
            say(
                f"{number(outcome.copied)} sebutan disalin, {rate} per detik; {number(outcome.mended)} menyusul.",
                f"{number(outcome.copied)} mentions copied, {rate} a second; {number(outcome.mended)} afterwards.",
            )
        )
    elif outcome.mended:
        click.echo(say(f"{number(outcome.mended)} sebutan menyusul.", f"{number(outcome.mended)} mentions followed."))
    if outcome.removed:
        click.echo(
            say(f"{number(outcome.removed)} yang sudah tiada di asal dihapus di tujuan.", f"{number(outcome.removed)} gone at the source removed.")
        )
    found = outcome.found
    differing = {
        say("hanya di asal", "only at the source"): found.missing,
        say("lebih lama di tujuan", "older at the target"): found.older,
        say("lebih baru di tujuan", "newer at the target"): found.newer,
        say("hanya di tujuan", "only at the target"): found.extra,
    }
    for what, ids in {**differing, **outcome.rows}.items():
        if ids:
            click.echo(f"{what}: {number(len(ids))}: {', '.join(ids[:SHOWN])}{' …' if len(ids) > SHOWN else ''}")
    click.echo(say("Kedua sisi sama.", "Both sides are equal.") if outcome.equal else say("Kedua sisi BERBEDA.", "The two sides DIFFER."))


def _seal(ours: Seal, theirs: Seal) -> str:
    return f"{ours.total:032x}"[:12] + (" =" if ours == theirs else f" ≠ {theirs.total:032x}"[:15])


def next_step(parts: set[Part], *, back: bool) -> str:
    """What to do now, so that two installations never alert side by side."""
    names = " ".join(name for part, name in (("mentions", "ELASTICSEARCH_URL"), ("state", "KENTONGAN_STATE_URL")) if part in parts)
    if back:
        return say(
            f"Berikutnya: hentikan yang lama, kosongkan {names}, jalankan dengan berkas ini.",
            f"Next: stop the old one, unset {names}, run with this file.",
        )
    return say(
        f"Berikutnya: hentikan yang lama bila masih jalan, ulangi perintah ini, lalu nyalakan dengan {names} dan KENTONGAN_VAR yang sama.",
        f"Next: stop the old one if it still runs, run this command once more, then start with {names} and the same KENTONGAN_VAR.",
    )
