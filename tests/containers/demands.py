"""What is asked of every stack: no root, nothing written outside its volumes, no secret shown, nothing lost, nothing said twice."""

from __future__ import annotations

import json
from collections import Counter

from tests.containers.stacks import IMAGE, Stack, crisis, docker
from tests.servers.slack import TOKEN


def require_an_alert_from_end_to_end(stack: Stack) -> None:
    """After ten quiet days an outage goes in at one end; the alert comes out at the workspace."""
    # It goes on until it is heard: a bin that closes between two rounds is judged without what the second brings (these stacks settle at once).
    outage = (crisis(name=f"crisis-{n}") for n in range(9))
    stack.collect_until("an alert in #humas-pln", lambda: [m for m in stack.messages() if m["channel"] == "#humas-pln"], 660, outage)
    message = stack.messages()[0]
    assert "PLN" in message["text"]
    assert "SIMULASI" not in message["text"]
    stack.collect_until("all rows stored", lambda: stack.counts()[0] == len(stack.recording.read_text().splitlines()))


def require_nothing_is_said_twice(stack: Stack) -> None:
    """Every delivery key that reached the workspace reached it once."""
    keys = Counter(message["key"] for message in stack.messages() if message["key"])
    assert keys
    assert max(keys.values()) == 1, keys


def require_no_root_and_no_writing(stack: Stack, services: tuple[str, ...]) -> None:
    """User 1000, no capabilities, a root file system that refuses."""
    for service in services:
        facts = json.loads(docker("inspect", stack.container(service)))[0]
        assert facts["Config"]["User"] == "1000:0", service
        assert facts["HostConfig"]["ReadonlyRootfs"], service
        assert facts["HostConfig"]["CapDrop"] == ["ALL"], service
        assert facts["HostConfig"]["Memory"] > 0, service
        assert stack.inside("id", "-u", service=service).strip() == "1000"
        tried = stack.compose("exec", "-T", service, "sh", "-c", "touch /opt/x /etc/kentongan/x 2>&1; true")
        assert tried.count("Read-only file system") == 2, tried


def require_no_secret_is_shown(stack: Stack, services: tuple[str, ...], secrets: list[str]) -> None:
    """Neither the image nor any container tells a password, a key or a token."""
    shown = docker("history", "--no-trunc", IMAGE) + docker("inspect", IMAGE)
    shown += "".join(docker("inspect", stack.container(service)) for service in services)
    assert [secret[:3] + "…" for secret in [TOKEN, *secrets] if secret in shown] == []
