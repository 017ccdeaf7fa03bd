"""An Elasticsearch that refuses: the message says where, why and what to do next, and never holds a key, a password or a citizen's words."""

from __future__ import annotations

import socket
import ssl
import subprocess
import traceback
from pathlib import Path

import pytest

from kentongan.errors import ConfigError, StoreError
from kentongan.ports import MentionQuery
from kentongan.store.elastic_client import place_of
from kentongan.store.mentions_elastic import ElasticMentions
from tests.factories import T0, mention
from tests.store.elastic_wire import PRODUCT, Answer, always, error

KEY = "a2VudG9uZ2FuOnJhaGFzaWE="
WORDS = "kutipan warga"


def refusal(url: str, api_key: str = KEY) -> str:
    """The whole trace of a save that is refused."""
    store = ElasticMentions(url, api_key, backoff_s=0.001)
    with pytest.raises(StoreError) as caught:
        store.save([mention(text=WORDS)], T0)
    store.close()
    return "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (error(401, "security_exception", "unable to authenticate with provided credentials"), "ELASTICSEARCH_API_KEY"),
        (error(403, "security_exception", "action [indices:data/read/search] is unauthorized"), "kurang hak"),
        (error(429, "circuit_breaking_exception", "Data too large"), "kewalahan"),
        (error(503, "no_shard_available_action_exception"), "klaster merah"),
        (error(403, "cluster_block_exception", "index [x] blocked by: [FORBIDDEN/5/index read-only (api)];"), "index.blocks.read_only"),
        (error(429, "cluster_block_exception", "disk usage exceeded flood-stage watermark, index has read-only-allow-delete block"), "diska server"),
        (error(400, "media_type_header_exception"), "lebih tua"),
        (error(500, "illegal_state_exception", WORDS), "docs/elasticsearch.md"),
        ((200, {"Content-Type": "application/json"}, b'{"version": {"number": "2.0"}}'), "bukan Elasticsearch"),
        ((200, {**PRODUCT, "Content-Type": "text/html"}, b"<html>"), "ELASTICSEARCH_URL"),
        ((502, {"Content-Type": "text/html"}, b"<html>bad gateway</html>"), "HTTP 502"),
    ],
)
def test_a_refusal_says_where_why_and_what_next_without_quoting(answer: Answer, advice: str) -> None:
    with always(answer) as url:
        trace = refusal(url)
    message = trace.splitlines()[-1]
    assert url in message
    assert advice in message
    assert KEY not in trace
    assert WORDS not in trace


def test_an_unreachable_server_is_named_without_its_password() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    trace = refusal(f"http://warga:sandi-rahasia@127.0.0.1:{port}", api_key="")
    assert f"http://127.0.0.1:{port}: tidak terjangkau" in trace
    assert "sandi-rahasia" not in trace


def test_a_server_that_takes_the_request_and_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = ElasticMentions(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.2)
        with pytest.raises(StoreError, match=r"tidak menjawab.*tidak ada yang hilang"):
            store.save([mention()], T0)
        store.close()


def test_reading_is_refused_in_the_same_words() -> None:
    with always(error(401, "security_exception")) as url:
        store = ElasticMentions(url, KEY)
        for read in (lambda: store.get(["a"]), lambda: store.search(MentionQuery()), lambda: list(store.scan(MentionQuery())), store.count):
            with pytest.raises(StoreError, match="ELASTICSEARCH_API_KEY"):
                read()


def test_a_certificate_that_is_not_trusted_is_refused_with_the_way_to_trust_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
    ]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with always(error(401, "security_exception"), context) as url:
        assert "SSL_CERT_FILE" in refusal(url)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert "ELASTICSEARCH_API_KEY" in refusal(url)  # trusted now: it gets as far as the key


@pytest.mark.parametrize("url", ["", "localhost:9200", "ftp://x", "http://", "http://host:port"])
def test_what_is_no_address_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(ConfigError, match="ELASTICSEARCH_URL"):
        ElasticMentions(url)


def test_a_key_and_a_password_at_once_are_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match="ELASTICSEARCH_API_KEY") as caught:
        ElasticMentions("http://warga:sandi-rahasia@localhost:9200", KEY)
    assert "sandi-rahasia" not in str(caught.value)


@pytest.mark.parametrize("prefix", ["", "Kentongan", "a_b", "9a", "a" * 41, "a*", "kota-alerts", "kota-counts-b"])
def test_a_prefix_that_no_index_may_bear_is_a_wrong_setting(prefix: str) -> None:
    with pytest.raises(ConfigError, match="KENTONGAN_ELASTIC_PREFIX"):
        ElasticMentions("http://localhost:9200", prefix=prefix)


def test_a_place_is_shown_without_user_and_password() -> None:
    assert place_of("https://a:b@es.contoh.id:9243/satu/") == "https://es.contoh.id:9243/satu"
    assert place_of("http://[::1]:9200") == "http://[::1]:9200"
