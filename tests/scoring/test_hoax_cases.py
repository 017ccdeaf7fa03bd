"""The hand-written cases: what spreads a checked claim is found in other words; what denies, corrects or asks is no hoax."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from kentongan.ports import ScoreRequest
from kentongan.scoring.claims import HashedClaimIndex
from kentongan.scoring.claims_file import UNDATED
from kentongan.scoring.scorer import open_scorer
from kentongan.scoring.stance import Stance, stance
from tests.factories import claim

CLAIMS = yaml.safe_load(Path(__file__).with_name("hoax_cases.yml").read_text(encoding="utf-8"))["claims"]
ATTACK = yaml.safe_load(Path(__file__).with_name("hoax_attack.yml").read_text(encoding="utf-8"))
FLOORS = {  # shares that must be right, as measured when they were written, less one case
    "spreads": 0.87,
    "languages": 0.81,
    "negates": 0.88,
    "corrects": 0.94,
    "asks": 0.94,
    "checks": 0.94,
    "subject": 0.90,
}


def test_the_cases_are_as_many_as_it_says() -> None:
    texts = [text for entry in CLAIMS for name, group in entry.items() if name != "title" for text in group]
    assert len(texts) == len(set(texts)) >= 130
    assert {name for entry in CLAIMS for name in entry} == {"title", *FLOORS}


@pytest.mark.parametrize("group", FLOORS)
def test_a_group_keeps_its_pass_rate(group: str) -> None:
    index = HashedClaimIndex()
    index.add([claim(id=str(number), title=entry["title"], text="") for number, entry in enumerate(CLAIMS)])
    cases = [(str(number), text) for number, entry in enumerate(CLAIMS) for text in entry.get(group, ())]
    scores = open_scorer(index).score([ScoreRequest(text=text) for _, text in cases])
    spreads = group in ("spreads", "languages")
    wrong = [
        f"{s.hoax.likelihood} {s.hoax.claim_id or '-'}: {text}"
        for (wanted, text), s in zip(cases, scores, strict=True)
        if (s.hoax.likelihood < 0.5 or s.hoax.claim_id != wanted if spreads else s.hoax.likelihood >= 0.5)
    ]
    assert 1 - len(wrong) / len(cases) >= FLOORS[group], wrong


@pytest.mark.parametrize(
    ("text", "title", "taken"),
    [
        ("pln tidak membagikan token gratis", "pln bagikan token gratis", Stance.CORRECTS),
        ("pln tidak mau tahu, ini token gratis dari pln, bagikan", "pln bagikan token gratis", Stance.SPREADS),
        ("vaksin tidak aman untuk anak", "vaksin tidak aman untuk anak", Stance.SPREADS),
        ("ijazah gubernur ternyata palsu", "ijazah gubernur palsu", Stance.SPREADS),
        ("kabar gubernur ditangkap itu palsu", "gubernur ditangkap", Stance.CORRECTS),
        ("ini bukan hoax, gubernur ditangkap", "gubernur ditangkap", Stance.SPREADS),
        ("benarkah gubernur ditangkap?", "gubernur ditangkap", Stance.ASKS),
        ("gubernur ditangkap! kenapa media diam?", "gubernur ditangkap", Stance.SPREADS),
        ("keliru, gubernur ditangkap", "gubernur ditangkap", Stance.CORRECTS),
        ("gubernur ditangkap, ini valid?", "gubernur ditangkap", Stance.ASKS),
        ("gubernur ditangkap? sumbernya mana?", "gubernur ditangkap", Stance.ASKS),
        ("mau token gratis dari pln?", "token gratis dari pln", Stance.SPREADS),
        ("vaksin tidak menyebabkan kemandulan", "vaksin menyebabkan kemandulan", Stance.CORRECTS),
        ("bansos cair, tapi videonya editan", "bansos cair", Stance.CORRECTS),
        ("salah satu manfaat jahe menyembuhkan kanker", "jahe menyembuhkan kanker", Stance.SPREADS),
    ],
)
def test_what_a_text_does_with_a_claim(text: str, title: str, taken: Stance) -> None:
    assert stance(text, title)[0] is taken


@pytest.mark.parametrize(("group", "floor"), [("first", 74), ("after", 31)])
def test_rumours_written_as_an_attack_keep_their_pass_rate(group: str, floor: int) -> None:
    index = HashedClaimIndex()
    index.add([claim(id=name, title=title, text="", verdict=verdict) for name, (title, verdict) in ATTACK["claims"].items()])
    scores = open_scorer(index, "fast").score([ScoreRequest(text=text) for _, _, text in ATTACK[group]])
    wrong = [
        f"{s.hoax.likelihood} {s.hoax.claim_id or '-'}: {text}"
        for (name, kind, text), s in zip(ATTACK[group], scores, strict=True)
        if (s.hoax.likelihood < 0.5 or s.hoax.claim_id != name if kind == "spread" else s.hoax.likelihood >= 0.5)
    ]
    assert len(ATTACK[group]) - len(wrong) >= floor, wrong


def test_an_official_answer_in_the_base_is_repeated_without_becoming_a_hoax() -> None:
    index = HashedClaimIndex()
    index.add([claim(id="k", title="PLN tidak membagikan token listrik gratis", text="", verdict="klarifikasi")])
    said, spread = open_scorer(index).score(
        [ScoreRequest(text="PLN tidak membagikan token listrik gratis ya guys"), ScoreRequest(text="PLN membagikan token listrik gratis, serbu!")]
    )
    assert said.hoax.claim_id == spread.hoax.claim_id == "k"
    assert said.hoax.likelihood <= 0.2
    assert spread.hoax.likelihood >= 0.5


def test_a_denial_is_shown_with_its_words_and_the_claim_with_its_link() -> None:
    index = HashedClaimIndex()
    index.add([claim(id="t", title="PLN bagikan token listrik gratis lewat tautan WhatsApp", text="")])
    hoax = open_scorer(index).score([ScoreRequest(text="PLN tidak membagikan token listrik gratis lewat tautan WhatsApp")])[0].hoax
    shown = {e.kind: e for e in hoax.evidence}
    assert "tidak membagikan" in shown["context:correction"].text_id
    assert "denies" in shown["context:correction"].text_en
    assert shown["claim_quoted"].url
    assert hoax.claim_id == "t"


def test_a_claim_is_cited_with_the_day_in_jakarta_and_its_verdict_in_the_language_of_the_sentence() -> None:
    index = HashedClaimIndex()
    late = datetime(2026, 3, 4, 20, tzinfo=UTC)
    index.add([claim(id="t", title="PLN bagikan token listrik gratis lewat tautan WhatsApp", text="", verdict="penipuan", published_at=late)])
    index.add([claim(id="u", title="Minum air kelapa menyembuhkan demam berdarah", text="", verdict="salah", published_at=UNDATED)])
    dated, undated = open_scorer(index, "fast").score(
        [ScoreRequest(text="PLN bagi token listrik gratis lewat tautan WhatsApp"), ScoreRequest(text="air kelapa menyembuhkan demam berdarah lho")]
    )
    assert ", 2026-03-05: " in dated.hoax.evidence[0].text_id
    assert dated.hoax.evidence[0].text_id.endswith("[penipuan]")
    assert dated.hoax.evidence[0].text_en.endswith("[scam]")
    assert "1970" not in undated.hoax.evidence[0].text_id
