"""`kentongan kibana setup`: again and again without harm, never over an analyst's changes, and a plain word when something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from kentongan.errors import ConfigError, StoreError
from kentongan.store.kibana import Kibana
from mappings import kibana
from tests.listeners.server import closed_port
from tests.servers.kibana import FakeKibana, fake_kibana

DASHBOARD = ("", "dashboard", "kentongan-situasi")
VIEW = ("", "index-pattern", "kentongan-mentions")


def setup(server: FakeKibana, *, force: bool = False, space: str = "", prefix: str = "kentongan") -> dict[str, str]:
    with Kibana(server.base, server.api_key, space) as client:
        return {one.id: one.step for one in client.setup(kibana.saved_objects(prefix), force=force)}


def test_the_first_run_puts_everything_there_and_the_second_changes_nothing() -> None:
    with fake_kibana() as server:
        assert set(setup(server).values()) == {"new"}
        assert {one["id"] for one in server.all()} == {one["id"] for one in kibana.saved_objects()}
        assert set(setup(server).values()) == {"same"}
        assert server.imports == 1


def test_what_an_analyst_changed_is_kept_and_only_force_overwrites_it() -> None:
    with fake_kibana() as server:
        setup(server)
        changed = server.objects[DASHBOARD]["attributes"]
        panels = json.loads(changed["panelsJSON"])[1:]
        changed["panelsJSON"] = json.dumps(panels)
        assert setup(server)[DASHBOARD[2]] == "kept"
        assert json.loads(server.objects[DASHBOARD]["attributes"]["panelsJSON"]) == panels
        assert setup(server, force=True)[DASHBOARD[2]] == "updated"
        assert set(setup(server).values()) == {"same"}


def test_an_older_edition_that_nobody_touched_is_brought_up_to_date() -> None:
    with fake_kibana() as server:
        setup(server)
        older = server.objects[DASHBOARD]
        older["attributes"] |= {"title": "Judul lama", "description": "Lama."}
        server.objects[DASHBOARD] = {**older, **kibana.marked(older)}
        assert setup(server)[DASHBOARD[2]] == "updated"
        assert server.objects[DASHBOARD]["attributes"]["title"] == "Kentongan · Situasi kini"


def test_fields_that_a_newer_kibana_adds_are_no_change_of_an_analyst() -> None:
    with fake_kibana() as server:
        setup(server)
        moved = server.objects[DASHBOARD]
        moved |= {"typeMigrationVersion": "10.2.0", "updated_at": "2027-01-01T00:00:00Z"}
        moved["attributes"] |= {"optionsJSON": "{}", "hits": 0}
        assert setup(server)[DASHBOARD[2]] == "same"


def test_a_data_view_gets_missing_labels_and_keeps_those_of_the_analyst() -> None:
    with fake_kibana() as server:
        setup(server)
        server.objects[VIEW]["attributes"] |= {
            "fieldAttrs": json.dumps({"text": {"customLabel": "kalimat"}, "agencies": {"count": 3}}),
            "name": "Punya kami",
        }
        assert setup(server)[VIEW[2]] == "updated"
        attributes = server.objects[VIEW]["attributes"]
        labels = json.loads(attributes["fieldAttrs"])
        assert labels["text"] == {"customLabel": "kalimat"} and labels["agencies"] == {"customLabel": "instansi", "count": 3}
        assert attributes["name"] == "Punya kami"
        assert setup(server)[VIEW[2]] == "same"


def test_a_control_that_an_analyst_added_is_a_change_of_his() -> None:
    with fake_kibana() as server:
        setup(server)
        group = server.objects[DASHBOARD]["attributes"]["controlGroupInput"]
        controls = json.loads(group["panelsJSON"])
        controls["mine"] = {**controls["control0"], "explicitInput": {"id": "mine", "fieldName": "provinces", "title": "Provinsi"}}
        group["panelsJSON"] = json.dumps(controls)
        assert setup(server)[DASHBOARD[2]] == "kept"


def test_a_data_view_keeps_formats_and_fields_of_the_analyst() -> None:
    theirs = {
        "fieldFormatMap": '{"rating": {"id": "number"}}',
        "runtimeFieldMap": '{"x": {"type": "long"}}',
        "fieldAttrs": "{}",
        "allowNoIndex": True,
    }
    with fake_kibana() as server:
        setup(server)
        server.objects[VIEW]["attributes"] |= theirs
        assert setup(server)[VIEW[2]] == "updated"
        attributes = server.objects[VIEW]["attributes"]
        assert {key: attributes[key] for key in theirs if key != "fieldAttrs"} == {key: value for key, value in theirs.items() if key != "fieldAttrs"}


def test_a_data_view_that_points_elsewhere_is_kept() -> None:
    with fake_kibana() as server:
        setup(server)
        server.objects[VIEW]["attributes"]["title"] = "kentongan-mentions,arsip-*"
        assert setup(server)[VIEW[2]] == "kept"


def test_spaces_and_tenants_do_not_meet() -> None:
    with fake_kibana() as server:
        setup(server, space="kota", prefix="kota")
        assert server.all() == []
        assert {one["id"] for one in server.all("kota")} == {one["id"] for one in kibana.saved_objects("kota")}


def test_a_second_space_of_the_same_tenant_is_told_to_be_copies_that_no_link_leads_to() -> None:
    with fake_kibana() as server:
        setup(server)
        with pytest.raises(StoreError, match="KENTONGAN_ELASTIC_PREFIX"):
            setup(server, space="kota")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"version": "8.11.4"}, "8.11.4"),
        ({"answer": (200, b"<html>login</html>")}, "JSON"),
        ({"answer": (200, b"{}")}, "KENTONGAN_KIBANA_URL"),
        ({"answer": (200, b'{"version": 3}')}, "KENTONGAN_KIBANA_URL"),
        ({"answer": (401, b'{"message": "no"}')}, "KENTONGAN_KIBANA_API_KEY"),
        ({"answer": (403, b"{}")}, "403"),
        ({"answer": (404, b"not here")}, "404"),
        ({"answer": (302, b"")}, "302"),
        ({"answer": (503, b"Kibana server is not ready yet")}, "503"),
        ({"answer": (500, b'{"message": "oops"}')}, "oops"),
    ],
)
def test_a_wrong_server_is_told_with_its_place_and_nothing_is_written(settings: dict[str, object], told: str) -> None:
    with fake_kibana(**settings) as server:
        with pytest.raises(StoreError) as raised:
            setup(server)
        assert server.base in str(raised.value) and told in str(raised.value)
        assert server.imports == 0


def test_a_wrong_key_is_refused_and_a_right_one_taken() -> None:
    with fake_kibana(api_key="rahasia") as server:
        with Kibana(server.base, "salah") as client, pytest.raises(StoreError) as raised:
            client.setup(kibana.saved_objects())
        assert "salah" not in str(raised.value)
        assert set(setup(server).values()) == {"new"}


def test_an_object_that_is_refused_is_named() -> None:
    objects = [one for one in kibana.saved_objects() if one["type"] != "index-pattern"]
    with fake_kibana() as server, Kibana(server.base) as client, pytest.raises(StoreError, match=r"kentongan-situasi: missing_references"):
        client.setup(objects)


@pytest.mark.parametrize("url", ["localhost:5601", "ftp://x", "http://", "kibana"])
def test_an_address_that_is_none_is_wrong_use(url: str) -> None:
    with pytest.raises(ConfigError, match="KENTONGAN_KIBANA_URL"):
        Kibana(url)


def test_a_key_beside_a_password_is_wrong_use() -> None:
    with pytest.raises(ConfigError, match="KENTONGAN_KIBANA_API_KEY"):
        Kibana("http://u:p@127.0.0.1:5601", "kunci")


def test_nobody_there_is_told_without_user_and_password() -> None:
    url = closed_port().replace("http://", "http://budi:rahasia@")
    with Kibana(url) as client, pytest.raises(StoreError) as raised:
        client.setup(kibana.saved_objects())
    assert "rahasia" not in str(raised.value) and "ConnectError" in str(raised.value)


def command(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, "KENTONGAN_LANG": "en", **env}
    return subprocess.run(
        [sys.executable, "-m", "kentongan", "kibana", *words], capture_output=True, text=True, env=settings, check=False, timeout=60
    )


def test_the_command_says_what_it_did_and_what_is_missing() -> None:
    with fake_kibana() as server:
        first = command("setup", KENTONGAN_KIBANA_URL=server.base)
        assert first.returncode == 0
        assert first.stdout.count("new ") == len(kibana.saved_objects())
        server.objects[DASHBOARD]["attributes"]["title"] = "Milik analis"
        again = command("setup", KENTONGAN_KIBANA_URL=server.base)
        assert again.returncode == 0 and "kept" in again.stdout and "--force" in again.stderr
    wrong = command("setup")
    assert wrong.returncode == 2 and "KENTONGAN_KIBANA_URL" in wrong.stderr and wrong.stdout == ""


def test_the_export_is_the_shipped_file_for_any_tenant() -> None:
    done = command("export", KENTONGAN_ELASTIC_PREFIX="kota")
    assert done.returncode == 0
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [one["id"] for one in kibana.saved_objects("kota")]
