"""Lines from inside an Airflow run to the person who waits for it outside."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from typing import Any

log = logging.getLogger(__name__)
PROGRESS_FD = "KENTONGAN_PROGRESS_FD"  # set by home.run_dags: the pipe to whoever waits


def emit(event: Mapping[str, Any]) -> None:
    if target := os.environ.get(PROGRESS_FD):
        os.write(int(target), json.dumps(event, default=str).encode() + b"\n")


def report_progress(line: str) -> None:
    """One line for whoever waits for this run, and for the task's log."""
    log.info(line)
    emit({"note": line})
