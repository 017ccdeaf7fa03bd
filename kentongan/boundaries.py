"""Where a name stands on its own: at word edges, with endings, stretched, in a hashtag or a handle; and where it is a piece of another word."""

from __future__ import annotations

import re

from kentongan.spelling import Folded

# Endings written onto a name: Indonesian -nya -ku -mu -lah -kah -pun, Javanese -e -ne, Sundanese -na, Minang -nyo, chat -x (= -nya).
_ENDINGS = re.compile(r"(?:nya|nyah|nyo|ku|mu|lah|kah|pun|e|ne|na|x)(?![^\W_])")
_LONGEST = 80  # letters before and after a name in one hashtag or handle; nobody writes longer ones
_VOWEL = re.compile(r"[aeiou]")


def stands_as_handle(plain: str, start: int, end: int) -> str:
    """ "handle" when plain[start:end], which begins with @, is a whole handle, else ""."""
    before = plain[start - 1] if start else " "
    after = plain[end] if end < len(plain) else " "
    return "" if before.isalnum() or before in "_@." or after.isalnum() or after == "_" else "handle"


def stands_as_name(folded: Folded, start: int, end: int) -> str:
    """How the name at this place of `folded.plain` stands: alias, handle, hashtag, or "" when it is only a piece of another word."""
    plain = folded.plain
    before = plain[start - 1] if start else " "
    after = plain[end] if end < len(plain) else " "
    if not (before.isalnum() or before in "_#@"):
        return "alias" if not (after.isalnum() or after == "_") or _ends_well(plain, start, end) else ""
    head = start
    while head > start - _LONGEST and head and (plain[head - 1].isalnum() or plain[head - 1] == "_"):
        head -= 1
    tail = end
    while tail < min(len(plain), end + _LONGEST) and (plain[tail].isalnum() or plain[tail] == "_"):
        tail += 1
    mark = plain[head - 1] if head else " "
    if mark == "@":  # @pln, @pln_jateng, @pln123: of the agency; @plnmania: somebody else
        rest = plain[end:tail]
        return "handle" if head == start and (not rest or rest[0] == "_" or rest.isdigit()) else ""
    if mark == "#":
        return "hashtag" if _in_hashtag(folded, start, end, (head, tail)) else ""
    # _PLN_ is PLN in italics
    return "alias" if head == start - 1 and plain[head] == "_" and (end == tail or plain[end] == "_") else ""


def _ends_well(plain: str, start: int, end: int) -> bool:
    """The rest of the word is an ending, a stretched last letter, or an underscore."""
    last = plain[end - 1]
    stop = end
    while stop < min(len(plain), end + _LONGEST) and plain[stop] == last and last.isalpha():
        stop += 1
    if stop - end == 1 and end - start < 4:  # one letter more makes another word of a short name; a stretched one has two, or is long
        stop = end
    rest = plain[stop] if stop < len(plain) else " "
    if not rest.isalnum() or (rest == "2" and stop == end and not plain[stop + 1 : stop + 2].isalnum()):  # PLN2: said twice
        return True
    return stop == end and end - start >= 3 and _ENDINGS.match(plain, end) is not None


def _in_hashtag(folded: Folded, start: int, end: int, tag: tuple[int, int]) -> bool:
    """Inside a hashtag names stand side by side: #PLNMati by its capitals, #plnmati because no word begins with pln."""
    head, tail = tag
    left, right = _edge(folded, start, tag), _edge(folded, end, tag)
    if left and right:
        return True
    if start == head and tail - end >= 4 and folded.written(start, end).isupper() and folded.written(end, tail).islower():
        return end - start >= 3  # #KAItelat
    name = folded.plain[start:end]
    telling = len(name) >= 5 or (len(name) >= 3 and not _VOWEL.search(name))  # cannot be a piece of another word
    roomy = tail - head - len(name) >= 3 or len(name) >= 7  # #plnmati is about PLN, #plnt is not
    return telling and roomy and (start == head or end == tail)


def _edge(folded: Folded, place: int, tag: tuple[int, int]) -> bool:
    """A new word of the hashtag begins at this place."""
    plain = folded.plain
    if place in tag or "_" in plain[place - 1 : place + 1]:
        return True
    before, here, after = folded.written(place - 1, place), folded.written(place, place + 1), folded.written(place + 1, place + 2)
    if here.isupper() and (not before.isupper() or after.islower()):
        return True
    return here.isdigit() != before.isdigit()
