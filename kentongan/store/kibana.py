"""Kibana's saved objects put in place over its HTTP API: again and again without harm, and never over an analyst's own changes.

Nobody runs a Kibana beside the tests; they speak to a server on this machine that answers in Kibana's recorded shapes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Self
from urllib.parse import quote, unquote, urlsplit

import httpx

from kentongan.errors import ConfigError, StoreError
from kentongan.words import say
from mappings import kibana

Json = dict[str, Any]
Step = Literal["new", "same", "updated", "kept"]
OLDEST = (8, 12)  # what the stamps of our objects allow
TIMEOUT_S = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """What became of one object: `kept` means that a person changed it, so it was left alone."""

    type: str
    id: str
    title: str
    step: Step


class Kibana:
    """One space of one Kibana. Raises ConfigError for a wrong address, StoreError for what it answers."""

    def __init__(self, url: str, api_key: str = "", space: str = "") -> None:
        parts = urlsplit(url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(
                say(
                    "KENTONGAN_KIBANA_URL bukan alamat; contoh: http://localhost:5601",
                    "KENTONGAN_KIBANA_URL is not an address; example: http://localhost:5601",
                )
            )
        if api_key and parts.username:
            raise ConfigError(
                say(
                    "KENTONGAN_KIBANA_URL berisi pengguna dan sandi, padahal KENTONGAN_KIBANA_API_KEY juga terisi; pakai salah satu",
                    "KENTONGAN_KIBANA_URL holds a user and password while KENTONGAN_KIBANA_API_KEY is set too; use one of them",
                )
            )
        port = f":{parts.port}" if parts.port else ""
        self.place = f"{parts.scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}"
        self._space = f"/s/{quote(space, safe='')}" if space and space != "default" else ""
        headers = {"kbn-xsrf": "kentongan"} | ({"Authorization": f"ApiKey {api_key}"} if api_key else {})
        auth = httpx.BasicAuth(unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._client = httpx.Client(base_url=self.place, headers=headers, auth=auth, timeout=TIMEOUT_S, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def version(self) -> str:
        """The server's version. Raises StoreError when it is older than our objects, or no Kibana."""
        answer = self._ask("GET", "/api/status")
        number = str(answer.get("version", {}).get("number", "") if isinstance(answer.get("version"), Mapping) else "")
        digits = [int(part) for part in number.split(".")[:2] if part.isdigit()]
        if len(digits) < 2:
            raise self._trouble(
                say("yang menjawab bukan Kibana; periksa KENTONGAN_KIBANA_URL", "what answers is not Kibana; check KENTONGAN_KIBANA_URL")
            )
        if tuple(digits) < OLDEST:
            raise self._trouble(
                say(f"versi {number} terlalu tua; perlu 8.12 atau lebih baru", f"version {number} is too old; 8.12 or newer is needed")
            )
        return number

    def setup(self, objects: Sequence[Json], *, force: bool = False) -> list[Placed]:
        """Put the objects in place, in their order; what an analyst changed is kept unless `force`. Running it twice changes nothing."""
        self.version()
        there = self._read([(one["type"], one["id"]) for one in objects])
        steps = [(one, _step(one, there.get((one["type"], one["id"])), force)) for one in objects]
        wanted = [_merged(one, there.get((one["type"], one["id"])), force) for one, step in steps if step in ("new", "updated")]
        if wanted:
            self._import(wanted)
        return [Placed(type=one["type"], id=one["id"], title=_title(one), step=step) for one, step in steps]

    def _read(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Json]:
        """The objects that are there, by type and id."""
        answer = self._ask("POST", f"{self._space}/api/saved_objects/_bulk_get", json=[{"type": kind, "id": name} for kind, name in keys])
        found = answer.get("saved_objects")
        if not isinstance(found, list):
            raise self._trouble(_not_expected("saved_objects"))
        there: dict[tuple[str, str], Json] = {}
        for one in found:
            error = one.get("error")
            if error and error.get("statusCode") != 404:
                raise self._trouble(f"{one.get('type')} {one.get('id')}: {error.get('message', error)}")
            if not error:
                there[one["type"], one["id"]] = one
        return there

    def _import(self, objects: Sequence[Json]) -> None:
        lines = "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in objects)
        files = {"file": ("kentongan.ndjson", lines.encode(), "application/ndjson")}
        answer = self._ask("POST", f"{self._space}/api/saved_objects/_import", params={"overwrite": "true"}, files=files)
        if answer.get("success") is True:
            renamed = [one for one in answer.get("successResults") or () if one.get("destinationId", one.get("id")) != one.get("id")]
            if renamed:  # an id is one of the whole Kibana: links would lead to the other space's object, and a second run make another copy
                told = ", ".join(str(one["id"]) for one in renamed)
                raise self._trouble(
                    say(
                        f"sudah ada di ruang lain, jadi di sini menjadi salinan dengan id lain: {told}. Hapus salinan itu, dan beri tiap ruang "
                        "KENTONGAN_ELASTIC_PREFIX sendiri",
                        f"exist in another space, so they became copies with other ids here: {told}. Delete those copies, and give each space a "
                        "KENTONGAN_ELASTIC_PREFIX of its own",
                    )
                )
            return
        errors = answer.get("errors")
        if not isinstance(errors, list):
            raise self._trouble(_not_expected("success"))
        told = "; ".join(f"{one.get('type')} {one.get('id')}: {one.get('error', {}).get('type', '?')}" for one in errors)
        raise self._trouble(say(f"menolak sebagian: {told}", f"refused some: {told}"))

    def _ask(self, method: str, path: str, **more: Any) -> Json:
        with self._translated():
            answer = self._client.request(method, path, **more)
        if answer.status_code >= 300:
            raise self._trouble(_refusal(answer.status_code, _message(answer)))
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise self._trouble(_not_expected("JSON"))
        return body

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as exc:
            if "CERTIFICATE_VERIFY_FAILED" in str(exc):
                raise self._trouble(
                    say(
                        "sertifikatnya tidak dikenal; sebutkan otoritasnya: SSL_CERT_FILE=/path/ca.pem",
                        "its certificate is not trusted; name its authority: SSL_CERT_FILE=/path/ca.pem",
                    )
                ) from exc
            kind = type(exc).__name__
            raise self._trouble(
                say(
                    f"tidak terjangkau ({kind}); periksa apakah Kibana hidup dan KENTONGAN_KIBANA_URL benar",
                    f"cannot be reached ({kind}); check that Kibana runs and KENTONGAN_KIBANA_URL is right",
                )
            ) from exc

    def _trouble(self, what: str) -> StoreError:
        return StoreError(f"Kibana {self.place}: {what}")


def _title(one: Mapping[str, Any]) -> str:
    return str(one["attributes"].get("name") or one["attributes"]["title"])


def _labels(one: Mapping[str, Any]) -> Json:
    found: Json = json.loads(one["attributes"].get("fieldAttrs") or "{}")
    return found


def _labelled(one: Mapping[str, Any]) -> set[str]:
    """Fields with a label; Kibana also notes there how often a field was used."""
    return {field for field, said in _labels(one).items() if "customLabel" in said}


def _step(ours: Json, theirs: Json | None, force: bool) -> Step:
    """What to do with one object. A data view gets the labels that it lacks; what somebody wrote there stays."""
    if theirs is None:
        return "new"
    if kibana.fingerprint(theirs) == kibana.fingerprint(ours):
        return "same"
    if force:
        return "updated"
    if ours["type"] == "index-pattern":
        same_place = all(theirs["attributes"].get(key) == ours["attributes"][key] for key in ("title", "timeFieldName"))
        if not same_place:
            return "kept"
        return "updated" if _labelled(ours) - _labelled(theirs) else "same"
    return "updated" if kibana.mark_of(theirs) == kibana.fingerprint(theirs) else "kept"


def _merged(ours: Json, theirs: Json | None, force: bool) -> Json:
    if ours["type"] != "index-pattern" or theirs is None or force:
        return ours
    known = _labels(theirs)
    labels = json.dumps(known | {field: label | known.get(field, {}) for field, label in _labels(ours).items()}, ensure_ascii=False)
    return ours | {"attributes": ours["attributes"] | theirs["attributes"] | {"fieldAttrs": labels}}


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("message", ""))[:200]
    except (ValueError, AttributeError):
        return ""


def _not_expected(what: str) -> str:
    return say(
        f"jawabannya tidak berbentuk seperti yang diharapkan ({what}); periksa KENTONGAN_KIBANA_URL",
        f"its answer is not of the expected shape ({what}); check KENTONGAN_KIBANA_URL",
    )


def _refusal(status: int, message: str) -> str:
    detail = f"HTTP {status}" + (f": {message}" if message else "")
    if status == 401:
        told = say("kunci atau sandinya ditolak; isi KENTONGAN_KIBANA_API_KEY", "the key or password is refused; set KENTONGAN_KIBANA_API_KEY")
    elif status == 403:
        told = say(
            "kuncinya kurang hak: perlu hak atas Saved Objects di ruang ini", "the key lacks privileges: Saved Objects of this space are needed"
        )
    elif status in (302, 303, 307, 404):
        told = say(
            "alamat atau ruangnya tidak ada; periksa KENTONGAN_KIBANA_URL dan --space",
            "no such address or space; check KENTONGAN_KIBANA_URL and --space",
        )
    elif status == 503:
        told = say("Kibana belum siap; tunggu sebentar lalu ulangi", "Kibana is not ready yet; wait a moment, then repeat")
    else:
        told = say("menolak", "refused")
    return f"{told} ({detail})"
