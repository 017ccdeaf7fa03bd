"""A Slack workspace in a container of its own: prints every message that was posted, a JSON line each, and never ends by itself."""

from __future__ import annotations

import json
import ssl
import time

from tests.servers.slack import SlackServer


def main() -> None:
    """Serve on the network of the stack, with TLS: a token is sent to nothing less."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain("/tls/tls.crt", "/tls/tls.key")
    with SlackServer(host="0.0.0.0", port=8080, tls=tls) as slack:
        shown = 0
        while True:
            posted = [(name, message) for name, channel in slack.channels.items() for message in list(channel.messages)]
            for name, message in sorted(posted, key=lambda pair: float(pair[1]["ts"]))[shown:]:
                print(json.dumps({"channel": name, "key": message["posted_key"], "text": message["text"]}, ensure_ascii=False), flush=True)
            shown = len(posted)
            time.sleep(0.3)


if __name__ == "__main__":
    main()
