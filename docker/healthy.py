"""Health check of a container: exit 0 when Airflow's own health page calls these parts healthy, or when this container's Celery worker answers.

python healthy.py http://api-server:8080 scheduler dag_processor
python healthy.py worker                                            # with the image's own Python

Asking the page costs a few milliseconds, the worker half a second; `airflow jobs check` and `airflow celery status` cost seconds of a core each time.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import urllib.request


def main(address: str, *parts: str) -> int:
    """0 healthy, 1 not (the reason goes to standard output, where `docker inspect` shows it)."""
    if address == "worker":
        return worker()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a neighbour, whatever proxy the environment names
    try:
        with opener.open(f"{address}/api/v2/monitor/health", timeout=8) as answer:
            found = json.load(answer)
    except (OSError, ValueError) as exc:
        print(f"{address}: {exc}")
        return 1
    ill = {part: (found.get(part) or {}).get("status") for part in parts or ("metadatabase",)}
    ill = {part: status for part, status in ill.items() if status != "healthy"}
    print(ill or "healthy")
    return 1 if ill else 0


def worker() -> int:
    """0 when the worker of this host answers a ping through the queue."""
    from celery import Celery

    name = f"celery@{socket.gethostname()}"
    answers = Celery(broker=os.environ["AIRFLOW__CELERY__BROKER_URL"]).control.ping(destination=[name], timeout=10)
    print("healthy" if answers else f"{name} does not answer")
    return 0 if answers else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
