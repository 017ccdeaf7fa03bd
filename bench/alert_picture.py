"""Draws docs/alert.svg: the alert of the bundled stream's crisis, as the terminal shows it.

python bench/alert_picture.py [DATABASE]      (default: var/demo/kentongan.db, which `make run` writes)
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from alerts.message import compose
from alerts.terminal import draw
from kentongan.config import load_config
from kentongan.records import NotifyReason
from kentongan.settings import packaged_config
from kentongan.store.state_sql import SqlState

COLUMNS = 84
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"


def main() -> None:
    """Write the picture; it loads nothing from anywhere."""
    root = Path(__file__).resolve().parents[1]
    state = SqlState(f"sqlite:///{sys.argv[1] if len(sys.argv) > 1 else root / 'var' / 'demo' / 'kentongan.db'}")
    notice = next(d.notice for d in state.deliveries() if d.notice.transition is NotifyReason.FIRST)
    state.close()
    words = draw(compose(notice, load_config(packaged_config()).agencies, "id"), colour=True, width=COLUMNS)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(words.strip("\n")))
    svg = console.export_svg(title="kentongan")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # rich links a web font
    svg = re.sub(r"font-family: [^;]+;", f"font-family: {FONT};", svg)
    (root / "docs" / "alert.svg").write_text(re.sub(r"[ \t]+\n", "\n", svg), encoding="utf-8")


if __name__ == "__main__":
    main()
