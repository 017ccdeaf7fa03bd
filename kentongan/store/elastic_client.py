"""The connection to Elasticsearch, and its refusals in plain words: place and next step, never a key, a password or a text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from elastic_transport import ConnectionError as NoConnection
from elastic_transport import ConnectionTimeout, SerializationError, TlsError, TransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from kentongan.errors import ConfigError, StoreError
from kentongan.words import say

REQUEST_TIMEOUT_S = 30.0
SERVER_TIMEOUT = "20s"  # what the server may wait for a shard: less than ours, so that its own reason reaches us

# Their reason names a field, an index or a block. That of other errors may quote what a citizen wrote, so it is left out.
_HARMLESS_REASONS = frozenset(
    {"strict_dynamic_mapping_exception", "cluster_block_exception", "index_not_found_exception", "unavailable_shards_exception"}
)


def place_of(url: str) -> str:
    """The address as it may be shown: without user and password."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path.rstrip('/')}"


def connect(url: str, api_key: str = "", timeout_s: float = REQUEST_TIMEOUT_S) -> Elasticsearch:
    """A client; nothing is sent yet. Without a port, http means 9200 and https 443. Raises ConfigError when it is no address."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or (9200 if parts.scheme == "http" else None)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError
    except ValueError:
        raise ConfigError(
            say(
                "ELASTICSEARCH_URL bukan alamat; contoh: http://localhost:9200 atau https://pengguna:sandi@es.contoh.go.id",
                "ELASTICSEARCH_URL is not an address; examples: http://localhost:9200 or https://user:password@es.example.org",
            )
        ) from None
    netloc = parts.netloc if parts.port or port is None else f"{parts.netloc}:{port}"
    address = parts._replace(netloc=netloc, query="", fragment="").geturl()
    if api_key and parts.username:
        raise ConfigError(
            say(
                "ELASTICSEARCH_URL berisi pengguna dan sandi, padahal ELASTICSEARCH_API_KEY juga terisi; pakai salah satu",
                "ELASTICSEARCH_URL holds a user and password while ELASTICSEARCH_API_KEY is set too; use one of them",
            )
        )
    return Elasticsearch(
        [address],
        api_key=api_key or None,
        request_timeout=timeout_s,
        max_retries=2,
        retry_on_timeout=False,  # a slow cluster gets slower by asking twice
        retry_on_status=(502, 504),
    )


class Connection:
    """The client of one address, opened anew in a forked child. Nothing is sent before the first request. Raises ConfigError for a wrong address."""

    def __init__(self, url: str, api_key: str = "", timeout_s: float = REQUEST_TIMEOUT_S) -> None:
        self._address = url, api_key, timeout_s
        self._client = connect(url, api_key, timeout_s)
        self.place = place_of(url)
        self._pid = os.getpid()

    @contextmanager
    def client(self) -> Iterator[Elasticsearch]:
        """The client; its errors inside the block become StoreError."""
        with translated(self.place):
            if self._pid != os.getpid():  # a child must not talk through its parent's sockets
                self._client, self._pid = connect(*self._address), os.getpid()
            yield self._client

    def close(self) -> None:
        """Close the sockets."""
        self._client.close()


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Errors of the client inside the block become StoreError with the place and the next step."""
    try:
        yield
    except (ApiError, TransportError) as exc:
        raise StoreError(f"Elasticsearch {place}: {explain(exc)}") from _quiet(exc)


def _quiet(exc: Exception) -> Exception:
    """The cause to chain: an answer of the server may quote a document, so only its outline is kept."""
    if isinstance(exc, ApiError) and not isinstance(exc, UnsupportedProductError):
        return StoreError(f"HTTP {exc.meta.status} {error_type(exc.body)}")
    return exc


def _cause(body: Any) -> Mapping[str, Any]:
    """The innermost error of an answer, or of one document of a bulk; empty when there is none."""
    error = body.get("error", body) if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping):
        return {}
    causes = error.get("root_cause")
    return causes[0] if isinstance(causes, list) and causes and isinstance(causes[0], Mapping) and causes[0].get("type") else error


def error_type(body: Any) -> str:
    """The server's own name for its error, e.g. cluster_block_exception; "" when the answer has none."""
    return str(_cause(body).get("type") or "")


def _reason(body: Any) -> str:
    return str(_cause(body).get("reason", "")) if error_type(body) in _HARMLESS_REASONS else ""


def not_json() -> str:
    """What an answer of another kind means."""
    return say("jawabannya bukan JSON; periksa ELASTICSEARCH_URL", "its answer is not JSON; check ELASTICSEARCH_URL")


def explain(exc: ApiError | TransportError) -> str:
    """What an officer can do about it."""
    if isinstance(exc, UnsupportedProductError):
        return say("yang menjawab bukan Elasticsearch; periksa ELASTICSEARCH_URL", "what answers is not Elasticsearch; check ELASTICSEARCH_URL")
    if isinstance(exc, ApiError):
        return explain_answer(exc.meta.status, exc.body)
    if isinstance(exc, TlsError):
        return say(
            "sertifikatnya tidak dikenal atau bukan untuk alamat ini; simpan sertifikat CA-nya (PEM) dan tunjuk dengan SSL_CERT_FILE",
            "its certificate is not trusted or not for this address; save its CA certificate (PEM) and name it with SSL_CERT_FILE",
        )
    if isinstance(exc, ConnectionTimeout):
        return say(
            "tidak menjawab pada waktunya; periksa beban dan kesehatannya (GET _cluster/health), lalu jalankan lagi, tidak ada yang hilang",
            "no answer in time; check its load and health (GET _cluster/health), then run again, nothing is lost",
        )
    if isinstance(exc, SerializationError):
        return not_json()
    kind = type(exc.errors[0]).__name__ if isinstance(exc, NoConnection) and exc.errors else type(exc).__name__
    return say(
        f"tidak terjangkau ({kind}); periksa apakah servernya hidup dan ELASTICSEARCH_URL benar, lalu jalankan lagi, tidak ada yang hilang",
        f"cannot be reached ({kind}); check that the server runs and ELASTICSEARCH_URL is right, then run again, nothing is lost",
    )


def explain_answer(status: int, body: Any) -> str:
    """What an officer can do about an answer that refuses: of a whole request, or of one document of a bulk."""
    kind = error_type(body)
    reason = _reason(body)
    detail = f"HTTP {status}" + (f" {kind}" if kind else "") + (f": {reason}" if reason else "")
    for matches, id_text, en_text in _REMEDIES:
        if matches(status, kind, reason):
            return f"{say(id_text, en_text)} ({detail})"
    return say(f"menolak ({detail}); lihat docs/elasticsearch.md", f"refused ({detail}); see docs/elasticsearch.md")


_REMEDIES = (
    (
        lambda status, kind, _: status == 401,
        "kunci atau sandinya ditolak, mungkin kedaluwarsa; buat kunci baru dan isi ELASTICSEARCH_API_KEY",
        "the key or password is refused, perhaps expired; make a new key and set ELASTICSEARCH_API_KEY",
    ),
    (
        lambda _, kind, reason: kind == "cluster_block_exception" and re.search("flood|allow-delete", reason),
        "indeksnya terkunci karena diska server hampir penuh; kosongkan ruang di sana, kunci lepas sendiri, jalankan lagi, tidak ada yang hilang",
        "the index is locked because the server's disk is nearly full; free space there, the lock opens by itself, then run again, nothing is lost",
    ),
    (
        lambda _, kind, __: kind == "cluster_block_exception",
        "indeks atau klasternya terkunci untuk ditulisi; lepas kuncinya (index.blocks.write, index.blocks.read_only), lalu jalankan lagi",
        "the index or cluster is locked against writing; take the lock away (index.blocks.write, index.blocks.read_only), then run again",
    ),
    (
        lambda status, kind, _: status == 403,
        "kuncinya kurang hak; beri hak menurut docs/elasticsearch.md, atau pakai kunci lain di ELASTICSEARCH_API_KEY",
        "the key lacks privileges; grant them as docs/elasticsearch.md says, or use another in ELASTICSEARCH_API_KEY",
    ),
    (
        lambda status, kind, _: status == 429 or kind in ("es_rejected_execution_exception", "circuit_breaking_exception"),
        "servernya kewalahan dan tetap menolak setelah beberapa kali dicoba; tunggu atau tambah memori, lalu jalankan lagi, tidak ada yang hilang",
        "the server is overloaded and kept refusing after several tries; wait or give it more memory, then run again, nothing is lost",
    ),
    (
        lambda _, kind, __: kind in ("strict_dynamic_mapping_exception", "mapper_parsing_exception", "document_parsing_exception"),
        "pemetaan indeks tidak cocok dengan versi program ini; jalankan satu versi di semua mesin, dan bila pemetaannya lama buat ulang indeksnya",
        "the index's mapping does not fit this version of the program; run one version on all machines, and reindex if the mapping is the older",
    ),
    (
        lambda status, kind, _: status == 503 or kind in ("unavailable_shards_exception", "no_shard_available_action_exception"),
        "sebagian indeksnya tidak tersedia (klaster merah); lihat GET _cluster/health dan GET _cluster/allocation/explain, lalu jalankan lagi",
        "a part of the index is not available (red cluster); see GET _cluster/health and GET _cluster/allocation/explain, then run again",
    ),
    (
        lambda _, kind, __: kind == "media_type_header_exception",
        "servernya lebih tua dari versi 9; perbarui Elasticsearch",
        "the server is older than version 9; update Elasticsearch",
    ),
)
