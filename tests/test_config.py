"""Laws of the configuration: every mistake is told once, with file, key and what to write instead."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path

import pytest

from kentongan.agencies import Attributor
from kentongan.config import AgencyConfig, load_config
from kentongan.errors import ConfigError
from kentongan.settings import packaged_config

PACKAGED = Path(__file__).parents[1] / "config"
PLN = 'name: PLN\naliases: [PLN, "@pln_123"]\nofficial_accounts: {x: pln_123}\n'
RULES = "rules:\n  negative_volume: {min_count: 6}\n"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_LANG", "en")


def folder(root: Path, **files: str) -> Path:
    """A configuration with PLN and one rule; `agencies__pln` names agencies/pln.yml."""
    for name, content in {"agencies__pln": PLN, "rules": RULES, **files}.items():
        path = root / (name.replace("__", "/") + ("" if "." in name else ".yml"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root


def told(root: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(root)
    return str(caught.value)


def test_the_packaged_configuration_is_sound() -> None:
    config = load_config(PACKAGED)
    assert set(config.agencies) == {
        "bmkg",
        "bpjs-kesehatan",
        "ditjen-pajak",
        "dukcapil",
        "kemenkes",
        "kpk",
        "pemprov-dki",
        "pertamina",
        "pln",
        "polri",
    }
    for slug, agency in config.agencies.items():
        assert agency.slug == slug and agency.slack_channel.startswith("#") and agency.escalate_to and agency.hotlines, slug
        assert {"x", "instagram", "facebook", "youtube"} <= set(agency.official_accounts), slug


def test_the_example_in_the_documentation_loads_and_does_what_it_says(tmp_path: Path) -> None:
    page = (PACKAGED.parent / "docs" / "add-an-agency.md").read_text(encoding="utf-8")
    block = page.split("# config/agencies/pemkot-surabaya.yml\n")[1].split("\n\n")[0]
    config = load_config(folder(tmp_path, **{"agencies__pemkot-surabaya": textwrap.dedent(block)}))
    attributor = Attributor(config.agencies)
    assert attributor.attribute("wali kota SBY sidak pasar").agencies == ("pemkot-surabaya",)
    assert attributor.attribute("SBY pidato di Cikeas").agencies == ()


def test_a_small_configuration_loads(tmp_path: Path) -> None:
    config = load_config(folder(tmp_path))
    assert config.agencies["pln"].slug == "pln"
    assert list(config.agencies["pln"].accounts()) == [("x", "pln_123")]


@pytest.mark.parametrize(
    ("content", "place", "advice"),
    [
        ("name: PLN\nalias: [PLN]\n", "pln.yml: alias:", "did you mean 'aliases'"),
        ("name: PLN\n", "pln.yml: aliases", "is required"),
        ("name: PLN\naliases: PLN\n", "pln.yml: aliases", "must be a list"),
        ("name: PLN\naliases: []\n", "pln.yml: aliases", "at least one"),
        ("name: PLN\naliases: [PLN, 123]\n", "pln.yml: aliases.1", 'in quotes: "123"'),
        ("name: PLN\naliases: [P]\n", "pln.yml: aliases", "too short"),
        ("name: PLN\naliases: ['~']\n", "pln.yml: aliases", "too short"),
        ("name: PLN\naliases: [PLN]\nhotlines: [123]\n", "pln.yml: hotlines.0", 'in quotes: "123"'),
        ("name: PLN\naliases: [PLN]\nlevel: city\n", "pln.yml: level", "'regency'"),
        ("name: PLN\naliases: [PLN]\ntimezone: Asia\n", "pln.yml: timezone", "Asia/Makassar"),
        ("name: PLN\naliases: [PLN]\ntimezone: WIB\n", "pln.yml: timezone", "Asia/Makassar"),
        ("name: PLN\naliases: [PLN]\ntimezone: ''\n", "pln.yml: timezone", "Asia/Makassar"),
        ("name: PLN\naliases: [PLN]\nquiet_hours: [22, 25]\n", "pln.yml: quiet_hours.1", "23"),
        ("name: PLN\naliases: [PLN]\nquiet_hours: 22\n", "pln.yml: quiet_hours", "list"),
        ("name: PLN\naliases: [PLN]\nofficial_accounts: {x: 'https://x.com/pln_123'}\n", "pln.yml: official_accounts", "not its address"),
        ("name: PLN\naliases: [PLN]\nofficial_accounts: {x: 123}\n", "pln.yml: official_accounts.x", 'in quotes: "123"'),
        ("name: PLN\naliases: [PLN]\nofficial_accounts: [pln_123]\n", "pln.yml: official_accounts", "key: value"),
        ("name: PLN\naliases: [PLN]\n110: x\n", "pln.yml: 110", "in quotes"),
        ("name: PLN\nname: Lain\naliases: [PLN]\n", "pln.yml: line 2", "stands twice"),
        ("name: PLN\naliases: [PLN]\nofficial_accounts: {x: a, x: b}\n", "pln.yml: line 3", "stands twice"),
        ("name: PLN\n\taliases: [PLN]\n", "pln.yml: line 2", "is not YAML"),
        ("name: [PLN\n", "pln.yml: line 2", "is not YAML"),
        ("- PLN\n", "pln.yml", "key: value"),
        ("", "pln.yml: name", "is required"),
        ("slug: lain\nname: PLN\naliases: [PLN]\n", "pln.yml: slug", "does not agree"),
        ("name: PLN\naliases: [PLN]\nrules: {negative_volum: {min_count: 9}}\n", "pln.yml: rules.negative_volum", "did you mean 'negative_volume'"),
        (
            "name: PLN\naliases: [PLN]\nrules: {negative_volume: {mincount: 9}}\n",
            "pln.yml: rules.negative_volume.mincount",
            "did you mean 'min_count'",
        ),
        ("name: PLN\naliases: [PLN]\nrules: {negative_volume: {min_count: banyak}}\n", "pln.yml: rules.negative_volume.min_count", "whole number"),
        *(
            (f"name: PLN\naliases: [PLN]\nrules: {{negative_volume: {{{knob}: {value}}}}}\n", f"pln.yml: rules.negative_volume.{knob}", says)
            for knob, value, says in (
                ("min_count", "0", "at least 1"),  # would alert from nothing to one
                ("min_count", "6.5", "whole number"),
                ("min_count", "true", "must be a number"),
                ("cold_start_floor", "0", "at least 1"),  # would alert on nothing at all
                ("close_after_h", ".inf", "at most"),  # would stop every agency's evaluation
                ("close_after_h", "-1", "at least 0"),
                ("close_below", "-0.5", "at least 0"),
                ("open_log_weeks", ".nan", "at least"),  # would never alert, and not say so
                ("measure", "total", "negative_volume.measure: total does not agree"),  # messages would call every post a complaint
            )
        ),
    ],
)
def test_a_mistake_in_an_agency_file_is_told_with_key_and_advice(tmp_path: Path, content: str, place: str, advice: str) -> None:
    message = told(folder(tmp_path, agencies__pln=content))
    lines = [line for line in message.splitlines() if place in line]
    assert lines, message
    assert advice in lines[0]


def test_a_value_of_the_wrong_kind_is_told_once(tmp_path: Path) -> None:
    message = told(folder(tmp_path, agencies__pln="name: PLN\naliases: [PLN]\nofficial_accounts: {x: 123}\n"))
    assert len(message.splitlines()) == 1


def test_all_mistakes_of_all_files_are_told_together(tmp_path: Path) -> None:
    message = told(
        folder(tmp_path, agencies__pln="nama: PLN\n", agencies__kpk="name: KPK\naliases: [KPK]\nlevell: x\n", rules="policy: {settle_minutes: 3}\n")
    )
    assert "pln.yml: nama" in message
    assert "kpk.yml: levell" in message
    assert "rules.yml: policy.settle_minutes: unknown key, did you mean 'settle_min'" in message


@pytest.mark.parametrize(("name", "measure", "fits"), [("keluhan", "negative", False), ("porsi-negatif", "share", True), ("ramai", "total", True),
                                                       ("hoax_volume", "share", False)])  # fmt: skip
def test_the_name_of_a_rule_says_what_it_counts(tmp_path: Path, name: str, measure: str, fits: bool) -> None:
    written = folder(tmp_path, agencies__pln=PLN, rules=f"rules: {{{name}: {{measure: {measure}}}}}\n")
    if fits:
        assert load_config(written).rule(name).measure == measure
    else:
        assert f"rules.yml: rules.{name}.measure: {measure} does not agree with the rule's name" in told(written)


def test_a_severity_that_is_not_named_keeps_its_mark(tmp_path: Path) -> None:
    rules = RULES + "policy: {severity_weeks: {critical: 500}, severity_posts: {high: 20}}\n"
    policy = load_config(folder(tmp_path, agencies__pln=PLN, rules=rules)).policy
    assert policy.severity_weeks == {"low": 0, "medium": 26, "high": 104, "critical": 500}
    assert policy.severity_posts == {"high": 20, "critical": 30}


def test_an_account_of_two_agencies_is_told(tmp_path: Path) -> None:
    message = told(folder(tmp_path, agencies__pln2='name: P\naliases: [PLN Dua]\nofficial_accounts: {x: "@PLN_123"}\n'))
    assert "pln2.yml: official_accounts.x: 'pln_123' is already an account of pln" in message


@pytest.mark.parametrize(
    "name", ["agencies/PLN Jateng.yml", "agencies/pln_jateng.yml", "agencies/-pln.yml", "agencies/kpk.yaml", "agencies/kpk.yml.bak"]
)
def test_a_file_with_an_odd_name_is_told_and_never_skipped(tmp_path: Path, name: str) -> None:
    root = folder(tmp_path)
    (root / name).write_text(PLN)
    assert Path(name).name in told(root)


def test_hidden_files_and_notes_are_left_alone(tmp_path: Path) -> None:
    root = folder(tmp_path)
    for name in (".pln.yml.swp", "README.md", "catatan.txt"):
        (root / "agencies" / name).write_text("apa saja")
    (root / "agencies" / "arsip").mkdir()
    assert set(load_config(root).agencies) == {"pln"}


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    root = folder(tmp_path)
    (root / "agencies" / "pln.yml").write_bytes("name: Café\naliases: [PLN]\n".encode("cp1252"))
    assert "pln.yml: cannot be read (not UTF-8)" in told(root)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    root = folder(tmp_path)
    (root / "agencies" / "pln.yml").write_text("\ufeff" + PLN, encoding="utf-8")
    assert load_config(root).agencies["pln"].name == "PLN"


def test_yaml_can_run_no_code(tmp_path: Path) -> None:
    assert "is not YAML" in told(folder(tmp_path, agencies__pln="name: !!python/object/apply:os.getcwd []\naliases: [PLN]\n"))


def test_a_configuration_without_agencies_says_where_to_begin(tmp_path: Path) -> None:
    (tmp_path / "agencies").mkdir()
    assert "docs/add-an-agency.md" in told(tmp_path)


@pytest.mark.parametrize(
    ("silence", "advice"),
    [
        (
            "{agency: plm, starts_at: 2026-03-02T00:00:00+07:00, ends_at: 2026-03-03T00:00:00+07:00, owner: a, reason: b}",
            "silences.0.agency: unknown agency 'plm', did you mean 'pln'",
        ),
        (
            "{agency: pln, rule: negativ_volume, starts_at: 2026-03-02T00:00:00+07:00, ends_at: 2026-03-03T00:00:00+07:00, owner: a, reason: b}",
            "did you mean 'negative_volume'",
        ),
        ("{agency: pln, starts_at: 2026-03-02T00:00:00+07:00, ends_at: 2026-03-12T00:00:00+07:00, owner: a, reason: b}", "at most 7 days"),
        ("{agency: pln, starts_at: 2026-03-02T00:00:00+07:00, ends_at: 2026-03-01T00:00:00+07:00, owner: a, reason: b}", "after starts_at"),
        ("{agency: pln, starts_at: 2026-03-02T00:00:00, ends_at: 2026-03-03T00:00:00, owner: a, reason: b}", "needs a time zone"),
        ("{agency: pln, starts_at: 2026-03-02T00:00:00+07:00, ends_at: 2026-03-03T00:00:00+07:00, owner: a}", "silences.0.reason: is required"),
    ],
)
def test_a_mistake_in_a_silence_is_told(tmp_path: Path, silence: str, advice: str) -> None:
    message = told(folder(tmp_path, silences=f"silences:\n  - {silence}\n"))
    assert "silences.yml" in message
    assert advice in message


def test_a_mistake_in_a_source_is_told(tmp_path: Path) -> None:
    message = told(folder(tmp_path, sources__antara="listener: feed\nplatform: web\ncategory: berita\nevery: 5\n"))
    assert "antara.yml: category: unknown value 'berita'; choose" in message
    assert "'news'" in message
    assert "antara.yml: every: unknown key, did you mean 'every_min'" in message


def test_an_override_of_an_agency_wins_over_the_rule(tmp_path: Path) -> None:
    config = load_config(folder(tmp_path, agencies__pln=PLN + "rules: {negative_volume: {min_count: 12}}\n"))
    assert config.rule("negative_volume", "pln").min_count == 12
    assert config.rule("negative_volume", "kpk").min_count == config.rule("negative_volume").min_count == 6


def test_messages_speak_indonesian_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KENTONGAN_LANG")
    assert "kunci tidak dikenal, maksudnya 'aliases'?" in told(folder(tmp_path, agencies__pln="name: PLN\nalias: [PLN]\n"))


def test_handles_are_compared_in_lower_case_without_the_at_sign() -> None:
    agency = AgencyConfig.model_validate({"name": "X", "aliases": ["XY"], "official_accounts": {"x": "@Akun", "youtube": ["A_1", "b"]}})
    assert list(agency.accounts()) == [("x", "akun"), ("youtube", "a_1"), ("youtube", "b")]


def test_a_source_about_an_unknown_agency_names_the_nearest(tmp_path: Path) -> None:
    shutil.copytree(packaged_config(), tmp_path / "config", ignore=shutil.ignore_patterns("sources"))
    (tmp_path / "config" / "sources").mkdir()
    source = tmp_path / "config" / "sources" / "ulasan.yml"
    source.write_text("listener: replay\nplatform: googleplay\ncategory: app_review\nagency: pertamin\noptions: {path: x.jsonl}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"ulasan\.yml: agency: .*'pertamin'.*'pertamina'"):
        load_config(tmp_path / "config")
