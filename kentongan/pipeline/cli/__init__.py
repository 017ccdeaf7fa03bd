"""The `kentongan` command: each sub-command is a module of this package, imported only when it is called."""

from __future__ import annotations

import errno
import importlib
import logging
import os
import sys
from contextlib import suppress
from typing import Any

import click

from kentongan import __version__
from kentongan.errors import ConfigError, InputError, KentonganError
from kentongan.words import say

# name: (module, help in Indonesian, help in English); the module defines `command`
COMMANDS = {
    "run": ("run", "Jalankan rantai sekali: dengarkan, nilai, deteksi, kirim", "Run the chain once: listen, score, detect, deliver"),
    "replay": ("replay", "Putar ulang rekaman (JSONL atau CSV) menurut waktu kejadian", "Replay a recorded stream (JSONL or CSV) by event time"),
    "simulate": ("simulate", "Buat aliran contoh yang dapat diulang", "Write a seeded example stream"),
    "score": ("score", "Nilai sentimen dan kemungkinan hoaks teks", "Score the sentiment and hoax likelihood of texts"),
    "backtest": ("backtest", "Uji detektor pada riwayat hitungan", "Try the detector on a history of counts"),
    "detect": ("detect", "Evaluasi bin yang sudah tutup dan buka peringatan", "Evaluate closed bins and open alerts"),
    "notify": ("notify", "Kirim yang menunggu di kotak keluar; --test untuk mencoba", "Deliver what waits in the outbox; --test to try"),
    "alerts": ("alerts", "Peringatan terbuka: lihat, tangani, tunda, salah alarm", "Open alerts: show, take on, put off, false alarm"),
    "status": ("status", "Keadaan sekarang, dan gangguan Kentongan sendiri", "How things stand, and trouble of Kentongan itself"),
    "outbox": ("outbox", "Kotak keluar: apa yang menunggu, surat mati, coba lagi", "The outbox: what waits, dead letters, try again"),
    "silences": ("silences", "Pembisuan sementara: tambah, daftar, akhiri", "Silences for a time: add, list, end"),
    "slack": ("slack", "Layani tombol dan /kentongan di Slack", "Serve the buttons and /kentongan in Slack"),
    "claims": (
        "claims",
        "Klaim yang diperiksa dan klarifikasi: tambah, daftar, keluarkan, impor",
        "Checked claims and clarifications: add, list, remove, import",
    ),
    "digest": ("digest", "Buat ringkasan risiko mingguan", "Make the weekly risk digest"),
    "search": ("search", "Cari sebutan yang tersimpan", "Search stored mentions"),
    "label": (
        "label",
        "Perbaiki label mesin, atau ekspor perbaikan untuk latihan",
        "Correct the machine's labels, or export corrections for training",
    ),
    "forget": ("forget", "Hapus sebutan dan jangan simpan lagi (UU PDP)", "Delete mentions and keep them out (data-subject request)"),
    "agencies": ("agencies", "Daftar instansi dan aliasnya", "List agencies and their aliases"),
    "sources": ("sources", "Daftar sumber, kesehatannya, dan coba satu", "List sources, their health, and try one"),
    "migrate": (
        "migrate",
        "Pindah dari SQLite ke Elasticsearch dan PostgreSQL, tanpa kehilangan",
        "Move from SQLite to Elasticsearch and PostgreSQL, losing nothing",
    ),
    "elastic": ("elastic", "Elasticsearch: pasang, periksa, pindahkan, kunci", "Elasticsearch: set up, check, migrate, keys"),
    "kibana": ("kibana", "Pasang dasbor Kibana untuk analis", "Put Kibana dashboards in place for analysts"),
    "check-config": ("check_config", "Periksa berkas konfigurasi", "Check the configuration files"),
    "up": ("up", "Jalankan terus sebagai layanan (Airflow) sampai Ctrl-C", "Keep it running as a service (Airflow) until Ctrl-C"),
    "doctor": ("doctor", "Periksa apakah mesin ini siap", "Check whether this machine is ready"),
}


class LazyGroup(click.Group):
    """A group that imports a sub-command when it is called, so that `kentongan --help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"kentongan.pipeline.cli.{COMMANDS[cmd_name][0]}")
        found: click.Command = module.command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(say("Perintah", "Commands")):
            formatter.write_dl([(name, say(id_text, en_text)) for name, (_, id_text, en_text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, help=say(
    "Kentongan: dengar apa kata publik tentang instansi pemerintah, dan beri tahu bila ada yang salah.\n\n\b\nContoh:\n"
    "  kentongan doctor\n  kentongan run --demo\n  kentongan search 'listrik padam' --agency pln",
    "Kentongan: hear what the public says about government agencies, and be told when something is wrong.\n\n\b\nExamples:\n"
    "  kentongan doctor\n  kentongan run --demo\n  kentongan search 'listrik padam' --agency pln",
))  # fmt: skip
@click.version_option(__version__, prog_name="kentongan")
@click.option("-v", "--verbose", is_flag=True, help=say("Catatan lebih rinci ke galat standar", "More notes on standard error"))
def cli(verbose: bool) -> None:
    """Options that stand before the sub-command."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO if verbose else logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # warns with a traceback of what our own error says in a line


def main(arguments: list[str] | None = None) -> Any:
    """Entry point. Exit codes: 0 fine, 1 failed, 2 wrong use (arguments, configuration, unreadable input file)."""
    try:
        code = cli.main(args=arguments, standalone_mode=False)
        sys.stdout.flush()  # what is still in the buffer may meet a full disk: better told here than at the interpreter's end
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as exc:
        exc.show(file=sys.stderr)
        sys.exit(exc.exit_code)
    except click.exceptions.Exit as exc:
        sys.exit(exc.exit_code)
    except click.Abort:
        click.echo(say("Dihentikan.", "Stopped."), err=True)
        sys.exit(1)
    except (ConfigError, InputError) as exc:
        click.echo(f"{say('Salah', 'Error')}: {exc}", err=True)
        sys.exit(2)
    except KentonganError as exc:
        click.echo(f"{say('Gagal', 'Failed')}: {exc}", err=True)
        sys.exit(1)
    except OSError as exc:
        _let_go_of_output()
        if not isinstance(exc, BrokenPipeError):  # `| head` has read enough: nothing to tell
            click.echo(f"{say('Gagal', 'Failed')}: {refusal(exc)}", err=True)
        sys.exit(1)


def refusal(error: OSError) -> str:
    """What the operating system refused, where, and the next step."""
    place = str(error.filename) if error.filename else say("keluaran atau berkas sementara", "the output or a temporary file")
    steps = {
        errno.ENOSPC: say("kosongkan ruang disk, lalu ulangi", "make room on the disk, then repeat"),
        errno.EDQUOT: say("kuota disk habis; kosongkan ruang, lalu ulangi", "the disk quota is used up; make room, then repeat"),
        errno.EFBIG: say("batas besar berkas tercapai (ulimit -f); naikkan, lalu ulangi", "the limit of file size is reached (ulimit -f); raise it"),
    }
    step = steps.get(error.errno or 0, say("periksa letak dan hak aksesnya, lalu ulangi", "check its place and its permissions, then repeat"))
    return f"{place}: {error.strerror or error}; {step}"


def _let_go_of_output() -> None:
    """Let what is left in the buffer of standard output go nowhere, or the interpreter complains once more at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
