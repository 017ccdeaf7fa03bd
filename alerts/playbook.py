"""The first steps to take, by topic: read from playbook.yml beside this file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import yaml
from pydantic import Field

from kentongan.config import Strict
from kentongan.records import measure_of
from kentongan.words import Lang, say


class Step(Strict):
    """One sentence in both languages."""

    id: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Entry(Strict):
    title: Step | None = None  # what a topic of this name is called
    draft: Step | None = None  # a clarification to begin with
    match: tuple[str, ...] = ()
    steps: tuple[Step, ...] = Field(min_length=1)


class Playbook(Strict):
    entries: dict[str, Entry]
    default: Entry
    names: dict[str, str] = Field(default_factory=dict)  # topics in English


@cache
def load_playbook() -> Playbook:
    """The playbook that ships with this package."""
    return Playbook(**yaml.safe_load(files("alerts").joinpath("playbook.yml").read_text(encoding="utf-8")))


def entry_for(topics: Sequence[str], rule: str) -> str:
    """The name of the entry for an alert: the hoax rule's own, else that of the first topic that has one, else ""."""
    return entry_and_topic(topics, rule)[0]


def entry_and_topic(topics: Sequence[str], rule: str) -> tuple[str, str]:
    """`entry_for`, and the topic that led to it ("" where it was none of them)."""
    playbook = load_playbook()
    if measure_of(rule) == "hoax":
        return "hoax", ""
    for topic in topics:
        words = topic.casefold().replace("-", "_").replace(" ", "_")
        parts = {words, *words.split("_")}
        for name, entry in playbook.entries.items():
            if name in parts or parts.intersection(entry.match):
                return name, topic
    return "", ""


def topic_name(topic: str, lang: Lang) -> str:
    """What a topic is called in the reader's language; its own words where the playbook has no name for it."""
    book = load_playbook()
    entry = book.entries.get(topic)
    if entry and entry.title:
        return say(entry.title.id, entry.title.en, lang)
    words = topic.replace("_", " ").replace("-", " ")
    return say(words, book.names.get(topic, words), lang)


def steps_for(topics: Sequence[str], rule: str, lang: Lang) -> tuple[str, ...]:
    """What to do, first step first, in the reader's language. Never empty."""
    playbook = load_playbook()
    entry = playbook.entries.get(entry_for(topics, rule), playbook.default)
    return tuple(say(step.id, step.en, lang) for step in entry.steps)
