"""Who speaks: read off what an account calls itself; a private person's name is never kept for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kentongan.agencies import Attributor
from kentongan.clock import FixedClock
from kentongan.config import load_config
from kentongan.intake import Intake
from kentongan.pipeline.absorb import certain_kind
from kentongan.pseudonyms import Pseudonyms
from kentongan.records import Account, AuthorKind, Category
from kentongan.speakers import speaker
from tests.factories import T0, post


@pytest.mark.parametrize(
    ("name", "handle", "kind"),
    [
        ("Dinas Perhubungan Kota", "", "government"),
        ("Humas Pemkab", "pemkab_contoh", "government"),
        ("", "polres_contoh", "government"),
        ("Kemenkeu RI", "", "government"),
        ("Puskesmas Mawar", "", "government"),
        ("Contoh News", "contohnews", "media"),
        ("Radio Suara Kota", "", "media"),
        ("", "kabar_contoh", "media"),
        ("contoh.co.id", "", "media"),
        ("PT Maju Mundur", "", "business"),
        ("Toko Bu Contoh", "", "business"),
        ("Contoh Laundry", "", "business"),
        ("", "contoh.store", "business"),
        ("Warga Biasa", "warga_biasa", "citizen"),
        ("", "humasyik", "citizen"),
        ("Tokoh Desa", "", "citizen"),
        ("Bankir Muda", "", "citizen"),
        ("", "polresan", "citizen"),
        ("Bupati Contoh", "", "government"),
        ("Badan Gizi Nasional", "", "government"),
        ("Ombudsman RI", "", "government"),
        ("", "setkabgoid", "government"),
        ("CNN Indonesia", "", "media"),
        ("Radar Contoh", "", "media"),
        ("Rumah Makan Contoh", "", "business"),
        ("Grab Indonesia", "", "business"),
        ("Humas gagal", "", "citizen"),
        ("KPU lucu-lucuan", "", "citizen"),
        ("Berita hoax hater", "", "citizen"),
        ("badan kurus", "", "citizen"),
        ("", "", "unknown"),
    ],
)
def test_an_account_is_what_it_calls_itself(name: str, handle: str, kind: str) -> None:
    assert speaker(Account(name=name, handle=handle), Category.MICROBLOG, official=False) == (AuthorKind(kind), False)


def test_an_agencys_file_the_platform_and_a_news_source_are_certain() -> None:
    plain = Account(name="Warga Biasa", handle="warga")
    assert speaker(plain, Category.MICROBLOG, official=True) == (AuthorKind.OFFICIAL, True)
    assert speaker(plain, Category.NEWS, official=False) == (AuthorKind.MEDIA, True)
    assert speaker(Account(name="Toko", kind=AuthorKind.CITIZEN), Category.MICROBLOG, official=False) == (AuthorKind.CITIZEN, True)


def test_a_guess_keeps_no_name_and_earns_no_trust(tmp_path: Path) -> None:
    intake = Intake(Attributor(load_config(Path(__file__).parents[1] / "config").agencies), Pseudonyms(tmp_path), FixedClock(T0))
    found = intake.mention(post(account=Account(name="Kabar Viral News", handle="kabarviral")), source="x", category=Category.MICROBLOG)
    assert found is not None
    assert (found[0].author.kind, found[0].author.name) == (AuthorKind.MEDIA, "")
    assert certain_kind(found[0]) == "unknown"
