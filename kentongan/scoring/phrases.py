"""All phrase lists of scoring in one matcher."""

from __future__ import annotations

from functools import cache

from kentongan.scoring.matching import PhraseMatcher, read_list

TOPIC = "topic:"
FEELING = "feeling:"
HOAX = "hoax:"


@cache
def load_matcher() -> PhraseMatcher:
    """Groups hoax:<feature>, figures, correction, not_correction, feeling:<cue>, topic:<slug>; built once a process."""
    cues = read_list("cues.yml")
    return PhraseMatcher(
        {
            **{HOAX + name: group["phrases"] for name, group in cues["hoax"].items()},
            "figures": cues["figures"]["phrases"],
            "correction": cues["correction"]["phrases"],
            "not_correction": cues["correction"]["not"],
            **{FEELING + name: phrases for name, phrases in cues["feeling"].items()},
            **{TOPIC + slug: phrases for slug, phrases in read_list("topics.yml").items()},
        }
    )
