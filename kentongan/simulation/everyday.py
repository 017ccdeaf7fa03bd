"""An ordinary day: complaints, praise, questions, news, reviews, small threads, and the agency's answers."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from kentongan.simulation.cast import Cast, Notebook, Person, Row, reactions
from kentongan.simulation.grammar import expand, pick
from kentongan.simulation.material import Material
from kentongan.simulation.phrases import JOINTS, NUMBERS, Phrases
from kentongan.simulation.voice import speak

# Place -> percent: where people post; news and blogs are written, the others talked.
PLACES = {"x": 42, "facebook": 12, "news": 12, "review": 10, "youtube": 8, "telegram": 7, "lapor": 4, "forum": 3, "blog": 2}
_PLACES_BY_SHARE = tuple(place for place, percent in PLACES.items() for _ in range(percent))


class Scribe(Phrases):
    """Writes posts about one agency into a notebook."""

    def __init__(self, rng: random.Random, material: Material, cast: Cast, notebook: Notebook, *, steady: bool = False) -> None:
        """steady: complaints come at regular distances; without, by pure chance."""
        super().__init__(rng, material)
        self.steady = steady
        self._due = 0.0
        self.cast, self.notebook = cast, notebook
        self._asked: Row | None = None  # the latest post, when it was a complaint or a question

    def ordinary(self, moment: datetime, mood_shift: float = 1.0) -> Row:
        """One post as they come every day, somewhere."""
        place = self._place(moment)
        if place == "news":
            return self.news(moment)
        mood = self._mood(place, mood_shift)
        if place == "review":
            return self.review(moment, mood)
        if place == "blog":
            return self.blog(moment, mood)
        sentence, lang = self.sentence(moment, mood, place)
        return self.say(moment, sentence, mood, place=place, lang=lang)

    def _place(self, moment: datetime) -> str:
        place = pick(self.rng, _PLACES_BY_SHARE)
        if (place == "review" and not self.material.app) or (place == "news" and not 5 <= moment.hour < 23):
            return "x"
        return place

    def _mood(self, place: str, shift: float) -> str:
        negative = min(0.95, self.material.negative * shift * {"lapor": 2.0, "review": 1.2, "youtube": 0.8}.get(place, 1.0))
        if self._turns_negative(negative):
            return "keluhan"
        if place == "review":
            return "pujian"
        return pick(self.rng, ("pujian", "pertanyaan", "pertanyaan", "netral", "netral", "pujian"))

    def _turns_negative(self, share: float) -> bool:
        """By chance; in a steady stream complaints come at a regular distance, with some play."""
        if not self.steady:
            return self.rng.random() < share
        self._due += share
        if self._due < 0.25 + 0.5 * self.rng.random():
            return False
        self._due -= 1
        return True

    def say(
        self, moment: datetime, sentence: str, mood: str, *, place: str, lang: str = "id", person: Person | None = None, parent: Row | None = None
    ) -> Row:
        """A talked post on one of the platforms, by `person` or somebody."""
        rng = self.rng
        person = person or self.cast.usual(rng)
        if place == "lapor":
            text = sentence[:1].upper() + sentence[1:] + "."
            if rng.random() < 0.2:
                text += f" {pick(rng, NUMBERS).capitalize()}."
            text = text if self.material.names_it(text) else f"{text} Ditujukan kepada {self.material.name}."
            return self.notebook.write(
                moment,
                text,
                platform="lapor",
                source="pengaduan",
                category="complaint",
                person=person,
                title=f"Laporan layanan {self.material.name}",
                container="Kanal Aduan Simulasi",
            )
        text = self.decorate(sentence, mood, person, place)
        row = self._talk(moment, text, place, person=person, parent=parent, lang=lang)
        self._asked = row if mood in ("keluhan", "pertanyaan") and not parent else None
        return row

    def _talk(self, moment: datetime, text: str, place: str, *, person: Person, parent: Row | None, lang: str) -> Row:
        rng = self.rng
        if place == "facebook":
            container = self.material.handles["facebook"] if rng.random() < 0.6 else f"Info Warga {pick(rng, self.material.lists['kota'])} (simulasi)"
            return self.notebook.write(
                moment,
                text,
                platform="facebook",
                source="facebook",
                category="social_network",
                kind="comment",
                person=person,
                container=container,
                parent=parent,
                metrics=reactions(rng, 200),
            )
        if place == "youtube":
            container = self.material.handles["youtube"] if rng.random() < 0.5 else "Kabar Simulasi TV"
            return self.notebook.write(
                moment,
                text,
                platform="youtube",
                source="youtube",
                category="media_sharing",
                kind="comment",
                person=person,
                container=container,
                parent=parent,
                metrics=reactions(rng, 50),
            )
        if place == "telegram":
            group = "sim_info_" + pick(rng, self.material.lists["kota"]).lower().replace(" ", "")
            return self.notebook.write(
                moment, text, platform="telegram", source="telegram", category="messaging", person=person, container=group, parent=parent
            )
        if place == "forum":
            return self.notebook.write(
                moment, text, platform="lemmy", source="forum", category="bookmarking", person=person, container="c/indonesia_simulasi", parent=parent
            )
        metrics = reactions(rng, person.followers)
        given = {"jv": "in", "su": "in", "min": "in", "id": "in"}.get(lang, lang)  # X calls all of them Indonesian
        return self.notebook.write(
            moment,
            text,
            platform="x",
            source="mikroblog",
            category="microblog",
            kind="reply" if parent else "post",
            person=person,
            parent=parent,
            metrics=metrics,
            lang=given,
        )

    def review(self, moment: datetime, mood: str) -> Row:
        """A review in the app shop, with stars."""
        rng, lists = self.rng, self.lists(moment)
        side = "buruk" if mood == "keluhan" else "bagus"
        person = self.cast.anyone(rng)
        if rng.random() < 0.4:
            text = pick(rng, lists[f"ulasan_pendek_{side}"])
        else:
            text = expand(rng, pick(rng, lists[f"ulasan_{side}"]), lists)
            if rng.random() < 0.5:
                text += pick(rng, JOINTS) + pick(rng, lists[f"ulasan_tambahan_{side}"])
        rating = pick(rng, (1, 1, 1, 2, 2) if side == "buruk" else (4, 5, 5, 5))
        return self.notebook.write(
            moment,
            speak(rng, text, person.voice),
            platform="playstore",
            source="ulasan",
            category="app_review",
            kind="review",
            person=person,
            container=self.material.app,
            rating=rating,
        )

    def news(self, moment: datetime, headline: str = "", body: str = "") -> Row:
        """An article; now and then another house prints the same."""
        rng, lists = self.rng, self.lists(moment)
        title = headline or expand(rng, pick(rng, lists["berita"]), lists)
        first = int(rng.random() * len(lists["isi_berita"]))
        sentences = [
            expand(rng, lists["isi_berita"][(first + 3 * number) % len(lists["isi_berita"])], lists) for number in range(2 + int(rng.random() * 3))
        ]
        text = f"{lists['kota'][0].upper()} - {body or title}. {' '.join(sentences)}"
        for copy in range(2 if rng.random() < 0.12 else 1):
            row = self.notebook.write(
                moment + timedelta(minutes=copy * int(5 + rng.random() * 90)),
                text,
                platform="web",
                source="berita",
                category="news",
                kind="article",
                publisher=pick(rng, lists["penerbit"]),
                title=title,
                container="Portal Berita Simulasi",
            )
        return row

    def blog(self, moment: datetime, mood: str) -> Row:
        """A longer text with two thoughts in one mood."""
        rng, lists = self.rng, self.lists(moment)
        person = self.cast.anyone(rng)
        thoughts = [self.sentence(moment, mood, "lapor")[0] for _ in range(2)]
        body = " ".join(thought[:1].upper() + thought[1:] + "." for thought in thoughts)
        text = f"{expand(rng, pick(rng, lists['blog_buka']), lists)} {body} {pick(rng, lists['blog_tutup'])}"
        return self.notebook.write(
            moment,
            text,
            platform="web",
            source="blog",
            category="blog",
            kind="article",
            person=person,
            title=f"Catatan soal {self.material.name}",
            container="Blog Warga Simulasi",
        )

    def thread(self, moment: datetime) -> Row:
        """A complaint that a handful of others join: part of normal life."""
        rng, lists = self.rng, self.lists(moment, True)
        root = self.say(moment, self.sentence(moment, "keluhan", "x")[0], "keluhan", place="x")
        later = moment
        for _ in range(2 + int(rng.random() ** 2 * 3)):
            later += timedelta(seconds=int(600 + rng.random() * 5400))
            agreed = expand(rng, pick(rng, lists["warga_setuju" if rng.random() < 0.75 else "warga_tanya"]), lists)
            self.say(
                later, f"@{root['author']} @{self.material.handles['x']} {agreed}", "netral", place="x", parent=root, person=self.cast.anyone(rng)
            )
        self._asked = root
        return root

    def maybe_answer(self, row: Row, moment: datetime) -> None:
        """The official account answers some of the complaints and questions put to it, sooner by day."""
        rng = self.rng
        if row is not self._asked:
            return
        if row["platform"] not in ("x", "facebook") or row["author_kind"] != "citizen" or rng.random() >= self.material.answered:
            return
        wait = self.material.answer_min * (0.25 + 1.5 * rng.random() + (3 * rng.random() if rng.random() < 0.15 else 0))
        at = moment + timedelta(minutes=wait)
        if at.hour >= 22 or at.hour < 7:
            morning = at.replace(hour=7, minute=0, second=0) + (timedelta(days=1) if at.hour >= 22 else timedelta(0))
            at = morning + timedelta(minutes=rng.random() * 90)
        self.answer(row, at.replace(microsecond=0))

    def answer(self, row: Row, at: datetime) -> Row:
        """A reply of the agency's own account."""
        rng, lists = self.rng, self.lists(at)
        words = [expand(rng, pick(rng, lists[name]), lists) for name in ("resmi_maaf", "resmi_minta", "resmi_tutup")]
        platform = row["platform"]
        text = " ".join(words if rng.random() < 0.8 else words[:2])
        return self.notebook.write(
            at,
            f"@{row['author']} {text}" if platform == "x" else text,
            platform=platform,
            source="mikroblog" if platform == "x" else "facebook",
            category="microblog" if platform == "x" else "social_network",
            kind="reply",
            official=self.material.handles[platform],
            container="" if platform == "x" else self.material.handles["facebook"],
            parent=row,
        )

    def announce(self, moment: datetime, text: str = "") -> Row:
        """A post of the agency's own account."""
        lists = self.lists(moment)
        text = text or f"Sobat, {expand(self.rng, pick(self.rng, lists['berita']), lists)}. Info lengkap hubungi {lists['hotline'][0]}."
        return self.notebook.write(
            moment,
            text,
            platform="x",
            source="mikroblog",
            category="microblog",
            official=self.material.handles["x"],
            metrics=reactions(self.rng, 80_000),
        )
