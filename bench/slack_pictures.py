"""Draws docs/slack-*.png from the pages of `kentongan notify --preview`, with Chromium.

python bench/slack_pictures.py
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from kentongan.pipeline.preview import write_preview

DOCS = Path(__file__).resolve().parents[1] / "docs"
PICTURES = {"critical-light": "slack-kritis", "high-dark": "slack-tinggi", "medium-light": "slack-sedang"}
WIDTH, HEIGHT = 728, 2600
MARGIN = 24


def main() -> None:
    """Write the pictures."""
    browser = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    if browser is None:
        sys.exit("Chromium is not on the PATH: install it, then run this again")
    with tempfile.TemporaryDirectory() as folder:
        pages = {path.stem: path for path in write_preview(Path(folder)) if path.suffix == ".html"}
        for page, name in PICTURES.items():
            shot = Path(folder) / f"{name}.png"
            size = ["--hide-scrollbars", f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={shot}"]
            command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", *size, pages[page].as_uri()]
            subprocess.run(command, check=True, capture_output=True, timeout=120)
            cropped(Image.open(shot).convert("RGB")).quantize(256, Image.Quantize.MAXCOVERAGE).save(DOCS / f"{name}.png", optimize=True)


def cropped(picture: Image.Image) -> Image.Image:
    """Without the empty ground below the message."""
    pixels = np.asarray(picture)
    drawn = np.flatnonzero((pixels != pixels[-1, -1]).any(axis=(1, 2)))
    return picture.crop((0, 0, picture.width, min(int(drawn[-1]) + MARGIN, picture.height)))


if __name__ == "__main__":
    main()
