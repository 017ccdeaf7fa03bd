"""Is one tenant's place in Elasticsearch as it should be? One finding per question, each with the next step. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from elasticsearch import ApiError, AuthorizationException, BadRequestError, Elasticsearch, NotFoundError

import mappings
from kentongan.errors import StoreError
from kentongan.findings import Finding
from kentongan.store.elastic_client import Connection
from kentongan.store.elastic_drift import differences
from kentongan.store.elastic_months import Months
from kentongan.store.elastic_setup import has_lifecycle
from kentongan.words import say

OLDEST = 9
SETUP = "kentongan elastic setup"
_LOOPBACK = ("http://127.", "http://localhost", "http://[::1]", "https://")
Answer = Finding | None  # None: what was asked is in order


def examine(connection: Connection, prefix: str, now: datetime) -> Iterator[Finding]:
    """Every finding, as it is made. When the server does not answer, that is the only one."""
    questions: tuple[tuple[str, Callable[[Elasticsearch], Finding]], ...] = (
        ("server", _server),
        ("licence", _licence),
        ("security", lambda client: _security(client, connection.place)),
        ("privileges", lambda client: _privileges(client, prefix)),
        ("lifecycle", _lifecycle),
        ("health", lambda client: _health(client, prefix)),
        ("templates", lambda client: _templates(client, connection.place, prefix)),
        ("aliases", lambda client: _aliases(client, connection.place, prefix, now)),
        ("blocks", lambda client: _blocks(client, prefix)),
        ("analyzer", lambda client: _analyzer(client, connection.place, prefix)),
    )
    for name, ask in questions:
        try:
            with connection.client() as client:
                try:
                    yield ask(client)
                except AuthorizationException:
                    yield _finding(name, "warning", say("kuncinya tidak boleh melihat ini", "the key may not see this"), _other_key())
        except StoreError as exc:
            yield _finding(
                name,
                "missing",
                str(exc),
                say("periksa ELASTICSEARCH_URL dan ELASTICSEARCH_API_KEY", "check ELASTICSEARCH_URL and ELASTICSEARCH_API_KEY"),
            )
            if name == "server":
                return


def _finding(name: str, state: Any, what: str, next_step: str = "") -> Finding:
    return Finding(name=name, state=state, what=what, next_step=next_step)


def _other_key() -> str:
    return say("jalankan dengan kunci bootstrap: kentongan elastic keys --help", "run it with the bootstrap key: kentongan elastic keys --help")


def _server(client: Elasticsearch) -> Finding:
    number = str(client.info()["version"]["number"])
    if int(number.partition(".")[0]) < OLDEST:
        return _finding("server", "missing", f"Elasticsearch {number}", say("perlu versi 9", "version 9 is needed"))
    return _finding("server", "ok", f"Elasticsearch {number}")


def _licence(client: Elasticsearch) -> Finding:
    found = client.license.get()["license"]
    what = f"{found['type']}, {found['status']}"
    if found["status"] != "active":
        return _finding(
            "licence",
            "missing",
            what,
            say(
                "aktifkan lisensi basic: POST _license/start_basic?acknowledge=true",
                "start the basic licence: POST _license/start_basic?acknowledge=true",
            ),
        )
    return _finding("licence", "ok", what)


def _security(client: Elasticsearch, place: str) -> Finding:
    try:
        who = client.security.authenticate()["username"]
    except BadRequestError:  # no such address: security is switched off
        return _finding(
            "security",
            "off" if place.startswith(_LOOPBACK) else "missing",
            say("tanpa kunci: siapa pun yang mencapai server dapat membaca semuanya", "no keys: whoever reaches the server reads everything"),
            say(
                "nyalakan xpack.security.enabled bila server dicapai dari luar mesin ini",
                "switch xpack.security.enabled on where others reach the server",
            ),
        )
    if place.startswith("http://") and not place.startswith(_LOOPBACK):
        return _finding(
            "security",
            "warning",
            say(f"masuk sebagai {who}, tetapi tanpa TLS: kunci lewat terbuka", f"signed in as {who}, but without TLS: the key travels openly"),
            "https://",
        )
    return _finding("security", "ok", say(f"masuk sebagai {who}", f"signed in as {who}"))


def _privileges(client: Elasticsearch, prefix: str) -> Finding:
    """Whether this key may do a writer's work; whether it may do more than that is said too."""
    wanted = mappings.role("writer", prefix)["indices"][0]
    danger = f"{prefix}-mentions"
    try:
        answer = client.security.has_privileges(
            index=[wanted, {"names": [danger], "privileges": ["delete_index"]}], cluster=["manage_index_templates"]
        )
    except BadRequestError:
        return _finding("privileges", "off", say("tanpa keamanan, semua boleh", "without security everything is allowed"))
    lacking = sorted(
        {f"{right} ({name})" for name, rights in answer["index"].items() for right in wanted["privileges"] if not rights.get(right, True)}
    )
    if lacking:
        return _finding(
            "privileges",
            "missing",
            say(f"kurang: {', '.join(lacking[:4])}", f"lacking: {', '.join(lacking[:4])}"),
            "kentongan elastic keys create writer",
        )
    more = answer["cluster"]["manage_index_templates"] or answer["index"][danger]["delete_index"]
    what = (
        say("cukup untuk menulis; juga boleh memasang templat atau menghapus indeks", "enough to write; may also put templates or delete indices")
        if more
        else say("cukup untuk menulis, tidak lebih", "enough to write, no more")
    )
    return _finding("privileges", "ok", what)


def _lifecycle(client: Elasticsearch) -> Finding:
    if has_lifecycle(client):
        return _finding("lifecycle", "ok", say("ada; retensi tetap diurus Kentongan", "there; retention stays Kentongan's own work"))
    return _finding("lifecycle", "off", say("server ini tanpa ILM; tidak diperlukan", "this server has no ILM; it is not needed"))


def _indices(prefix: str) -> list[str]:
    """Patterns of this tenant's indices; `kota-*` would be those of `kota-utara`, too."""
    return [f"{prefix}-{kind}-*" for kind in mappings.KINDS]


def _health(client: Elasticsearch, prefix: str) -> Finding:
    status = str(client.cluster.health(index=_indices(prefix), expand_wildcards="open")["status"])
    if status == "red":
        return _finding(
            "health",
            "missing",
            say("merah: sebagian indeks tidak tersedia", "red: a part of the indices is not available"),
            "GET _cluster/allocation/explain",
        )
    if status == "yellow":
        return _finding(
            "health",
            "warning",
            say("kuning: salinan (replica) belum di tempatnya", "yellow: replicas are not in place"),
            "GET _cluster/allocation/explain",
        )
    return _finding("health", "ok", status)


def _templates(client: Elasticsearch, place: str, prefix: str) -> Finding:
    found = list(differences(client, place, prefix))
    if not found:
        return _finding("templates", "ok", say("sama dengan mappings/", "as in mappings/"))
    what = say(f"{len(found)} perbedaan dengan mappings/", f"{len(found)} differences from mappings/")
    steps = [SETUP] * any(one.where != "index" for one in found) + ["kentongan elastic reindex"] * any(one.needs_copy for one in found)
    return _finding(
        "templates",
        "missing",
        what,
        "; ".join(["kentongan elastic drift", *steps]),
    )


def _aliases(client: Elasticsearch, place: str, prefix: str, now: datetime) -> Finding:
    """Every alias is there; those of mentions and counts point at this month."""
    lost = [f"{prefix}-{kind}" for kind in mappings.KINDS if not Months(place, prefix, kind).existing(client)]
    if lost:
        return _finding("aliases", "missing", say(f"tidak ada: {', '.join(lost)}", f"not there: {', '.join(lost)}"), SETUP)
    strays = _strays(client, place, prefix)
    if strays:
        return _finding(
            "aliases",
            "warning",
            say(f"di luar alias: {', '.join(strays)}", f"outside the alias: {', '.join(strays)}"),
            say("pemindahan yang terputus? kentongan elastic reindex", "a copying that was cut short? kentongan elastic reindex"),
        )
    return _finding("aliases", "ok", ", ".join(f"{prefix}-{kind}" for kind in mappings.KINDS))


def _strays(client: Elasticsearch, place: str, prefix: str) -> list[str]:
    there = {index for kind in mappings.KINDS for index in Months(place, prefix, kind).existing(client)}
    return sorted(index for kind in mappings.KINDS for index in client.indices.get(index=f"{prefix}-{kind}-*") if index not in there)


def _blocks(client: Elasticsearch, prefix: str) -> Finding:
    locked = []
    for index, body in client.indices.get_settings(index=_indices(prefix), flat_settings=True).items():
        locked += [f"{index}: {name}" for name, value in body["settings"].items() if name.startswith("index.blocks.") and str(value) == "true"]
    if not locked:
        return _finding("blocks", "ok", say("tidak ada yang terkunci", "nothing is locked"))
    if any("read_only_allow_delete" in one for one in locked):
        step = say("kosongkan ruang di diska server; kunci lepas sendiri", "free space on the server's disk; the lock opens by itself")
    else:
        step = say(
            "sedang dipindahkan? lanjutkan dengan kentongan elastic reindex; bila tidak, lepas kuncinya: PUT INDEKS/_settings",
            "being copied? go on with kentongan elastic reindex; else unlock it: PUT INDEX/_settings",
        )
    return _finding("blocks", "missing", "; ".join(locked[:4]), step)


def _analyzer(client: Elasticsearch, place: str, prefix: str) -> Finding:
    """Whether the server stems Indonesian as our mapping means it."""
    try:
        index = max(Months(place, prefix).existing(client))
        tokens = client.indices.analyze(index=index, analyzer="kentongan_indonesian", text="dibayarkan listriknya")["tokens"]
    except (NotFoundError, ValueError):
        return _finding("analyzer", "missing", say("belum ada indeks", "no index yet"), SETUP)
    except ApiError as exc:
        if isinstance(exc, AuthorizationException):
            raise
        return _finding("analyzer", "missing", f"HTTP {exc.meta.status}", "kentongan elastic drift")
    found = " ".join(token["token"] for token in tokens)
    return _finding("analyzer", "ok" if found == "bayar listrik" else "warning", f"dibayarkan listriknya → {found}", "kentongan elastic drift")
