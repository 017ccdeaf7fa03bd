"""`kentongan sources`: what is listened to, how it fares, and a try of one."""

from __future__ import annotations

import difflib
import json

import click

from kentongan.errors import ConfigError, ListenerError
from kentongan.pipeline.collect import missing_secrets
from kentongan.pipeline.quotes import QUOTE_CHARS
from kentongan.pipeline.wiring import open_context
from kentongan.ports import ListenRequest
from kentongan.records import Cursor
from kentongan.settings import read_settings
from kentongan.text import excerpt, mask_handles, mask_personal
from kentongan.words import say
from listeners import discover

STATES = {"up": ("baik", "up"), "failed": ("putus", "down"), "silent": ("diam", "silent"), "quiet": ("sepi", "quiet"), "off": ("mati", "off"),
          "never": ("belum dicoba", "not tried")}  # fmt: skip


@click.group("sources", invoke_without_command=True, help=say(
    "Daftar sumber dan kesehatannya; `try` mencoba satu tanpa menyimpan.\n\n\b\nContoh:\n  kentongan sources\n  kentongan sources try antara-terkini",
    "List sources and their health; `try` reads one without storing.\n\n\b\nExamples:\n  kentongan sources\n  kentongan sources try antara-terkini",
))  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help=say("Satu objek JSON per baris", "One JSON object a line"))
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Without a sub-command: the list."""
    if context.invoked_subcommand is not None:
        return
    with open_context(read_settings()) as ctx:
        health = {h.source: h for h in ctx.state.health()}
        kinds = discover()
        for name, source in ctx.config.sources.items():
            missing = missing_secrets(ctx, name, kinds)
            seen = health.get(name)
            state = "off" if not source.enabled or missing else seen.state if seen else "never"
            note = say(f"perlu {', '.join(missing)}", f"needs {', '.join(missing)}") if missing else seen.last_error if seen else ""
            row = {
                "name": name,
                "listener": source.listener,
                "category": str(source.category),
                "every_min": source.every_min,
                "state": state,
                "note": note,
            }
            click.echo(
                json.dumps(row, ensure_ascii=False) if as_json else f"{name:<30} {source.category:<15} {say(*STATES[state]):<13} {excerpt(note, 70)}"
            )


@command.command("try", help=say("Baca satu sumber sekali; tidak ada yang disimpan", "Read one source once, store nothing"))
@click.argument("name")
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 100))
def try_source(name: str, limit: int) -> int:
    """Exit code 1 when the source cannot be read."""
    with open_context(read_settings()) as ctx:
        source = ctx.config.sources.get(name)
        if source is None:
            near = difflib.get_close_matches(name, ctx.config.sources, n=1, cutoff=0.4)
            hint = say(f", maksudnya {near[0]!r}?", f", did you mean {near[0]!r}?") if near else ""
            raise ConfigError(say(f"tidak ada sumber {name!r}{hint}", f"no source {name!r}{hint}"))
        kind = discover()[source.listener]
        secrets = kind.secrets(ctx.settings.secrets or {})
        request = ListenRequest(
            source=name, options=source.options, platform=source.platform, category=source.category, cursor=Cursor(source=name), now=ctx.clock.now(),
            secrets=secrets,
        )  # fmt: skip
        shown = total = 0
        try:
            for page in kind.listen(request, ctx.web(60)):
                total += len(page.posts)
                for post in page.posts[: max(0, limit - shown)]:
                    words = mask_handles(mask_personal(f"{post.title} {post.text}".strip(), ()))
                    about = ctx.attributor.attribute(post.text, post.title).agencies
                    click.echo(f"{post.published_at:%Y-%m-%d %H:%M}Z [{', '.join(about) or '-'}] {excerpt(words, QUOTE_CHARS)}")
                    shown += 1
                break
        except ListenerError as exc:
            click.echo(f"{say('Gagal', 'Failed')}: {exc}", err=True)
            return 1
        click.echo(say(f"{total} butir di halaman pertama", f"{total} items on the first page"), err=True)
    return 0
