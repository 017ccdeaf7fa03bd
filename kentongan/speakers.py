"""Who speaks: a citizen, a business, a public body or the media. Read off what an account calls itself, nothing else; no profile is made of anybody.

what is known                                             kind         certain
listed in an agency's file                                official     yes
the platform or the source says so                        as it says   yes
a news source, a fact-check                               media        yes
name or handle begins or ends as organisations' do        business,    no: only the kind is kept, never the name
                                                          government,
                                                          media
none of these, or it plays with such a name               citizen      no
no account given                                          unknown      no
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources

import yaml

from kentongan.records import Account, AuthorKind, Category

ORGANISATIONS = frozenset((AuthorKind.OFFICIAL, AuthorKind.GOVERNMENT, AuthorKind.MEDIA, AuthorKind.BUSINESS))


def _any_of(words: Sequence[str]) -> str:
    return f"(?:{'|'.join(words)})"


def _read_signs() -> tuple[re.Pattern[str], tuple[tuple[AuthorKind, re.Pattern[str]], ...]]:
    """(what speaks of a person at play, in order the signs of each kind of organisation) of speakers.yml."""
    content = yaml.safe_load((resources.files("kentongan") / "speakers.yml").read_text(encoding="utf-8"))
    playful = re.compile(rf"(?:^|[\s_.-]){_any_of(content['playful'])}(?:$|[\s_.?!,-])")
    signs = []
    for kind in (AuthorKind.GOVERNMENT, AuthorKind.MEDIA, AuthorKind.BUSINESS):
        words = content[str(kind)]
        ways = [rf"^{_any_of(words['first'])}(?:[\s_.]{'|$' if kind is AuthorKind.GOVERNMENT else ''})", rf"[\s_.]{_any_of(words['last'])}$"]
        if "self" in words:
            ways.append(rf"^{_any_of(words['self'])}(?:[\s_.]?{_any_of(words['self_last'])})?$")
        if "glued" in words:
            ways.append(rf"\w{_any_of(words['glued'])}$|[\s_]{_any_of(words['glued'])}$")
        signs.append((kind, re.compile("|".join(ways))))
    return playful, tuple(signs)


_PLAYFUL, _SIGNS = _read_signs()


def speaker(account: Account, category: Category, *, official: bool) -> tuple[AuthorKind, bool]:
    """(kind, whether it is certain); see the table above."""
    if official:
        return AuthorKind.OFFICIAL, True
    if account.kind is not AuthorKind.UNKNOWN:
        return account.kind, True
    if category in (Category.NEWS, Category.FACTCHECK):
        return AuthorKind.MEDIA, True
    names = [name for name in (account.name.strip().lower(), account.handle.strip().lower().lstrip("@").partition("@")[0]) if name]
    if not any(_PLAYFUL.search(name) for name in names):
        for kind, sign in _SIGNS:
            if any(sign.search(name) for name in names):
                return kind, False
    return (AuthorKind.CITIZEN if names or account.native_id else AuthorKind.UNKNOWN), False
