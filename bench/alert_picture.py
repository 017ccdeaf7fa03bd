"""Draws docs/alert.svg: the bundled stream's crisis at its first critical message, as the terminal shows it.

python bench/alert_picture.py [DATABASE]      (default: var/demo/kentongan.db, which `make run` writes)
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from alerts.message import compose
from alerts.terminal import draw
from kentongan.config import load_config
from kentongan.settings import packaged_config
from kentongan.store.state_sql import SqlState

ROOT = Path(__file__).resolve().parents[1]
AGENCY = "pln"
COLUMNS = 84
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
GROUND, INK = (30, 34, 40), (232, 235, 238)
#           black         red            green           yellow          blue            magenta         cyan            white
NORMAL = [(30, 34, 40), (178, 38, 46), (126, 204, 142), (236, 196, 104), (130, 178, 240), (214, 170, 246), (126, 208, 214), (232, 235, 238)]
# Rich's own template links a web font and names its project's site; this one loads nothing from anywhere.
TEMPLATE = """\
<svg xmlns="http://www.w3.org/2000/svg" class="rich-terminal" viewBox="0 0 {width} {height}" role="img" aria-label="SIMULASI">
<style>
.{unique_id}-matrix {{ font-family: FONT; font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: FONT; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
""".replace("FONT", FONT)


def picture(drawn: str) -> str:
    """A terminal's output as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(drawn.strip("\n")))
    theme = TerminalTheme(GROUND, INK, NORMAL)
    svg = console.export_svg(title="kentongan", theme=theme, code_format=TEMPLATE, unique_id="kentongan")
    return re.sub(r"[ \t]+\n", "\n", svg)


def main() -> None:
    """Write the picture."""
    state = SqlState(f"sqlite:///{sys.argv[1] if len(sys.argv) > 1 else ROOT / 'var' / 'demo' / 'kentongan.db'}")
    notices = [d.notice for d in state.deliveries() if d.notice.alert.agency == AGENCY and d.notice.alert.severity == "critical"]
    state.close()
    if not notices:
        sys.exit(f"no critical alert of {AGENCY} in that database: run `make run` first")
    drawn = draw(compose(notices[0], load_config(packaged_config()).agencies, "id"), colour=True, width=COLUMNS)
    (ROOT / "docs" / "alert.svg").write_text(picture(drawn), encoding="utf-8")


if __name__ == "__main__":
    main()
