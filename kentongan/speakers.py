"""Who speaks: a citizen, a business, a public body or the media. Read off what an account calls itself, nothing else; no profile is made of anybody.

what is known                                             kind         certain
listed in an agency's file                                official     yes
the platform or the source says so                        as it says   yes
a news source, a fact-check                               media        yes
name or handle begins or ends as organisations' do        business,    no: only the kind is kept, never the name
                                                          government,
                                                          media
none of these, on a social platform                       citizen      no
no account given                                          unknown      no
"""

from __future__ import annotations

import re

from kentongan.records import Account, AuthorKind, Category

ORGANISATIONS = frozenset((AuthorKind.OFFICIAL, AuthorKind.GOVERNMENT, AuthorKind.MEDIA, AuthorKind.BUSINESS))

_SIGNS = (
    (
        AuthorKind.GOVERNMENT,
        re.compile(
            r"^(?:kementerian|kemen[a-z]{2,}|dinas|dis(?:hub|dik|kominfo|dukcapil|perindag|nakertrans)|badan|pem(?:kot|kab|prov|da|des)|pemerintah|pol(?:da|res|resta"
            r"|restabes|sek)|kodim|koramil|kejari|kejati|kejaksaan|puskesmas|rsud|bpbd|bnpb|bkn|kpu|bawaslu|kelurahan|kecamatan|humas|kantor|kpp|kanwil|"
            r"ditjen|setkab|dprd|satpol|samsat|imigrasi)(?:[\s_.]|$)|\bgo\.id$"
        ),
    ),
    (
        AuthorKind.MEDIA,
        re.compile(
            r"^(?:harian|majalah|koran|radio|redaksi|tribun\w*|berita\w*|kabar\w*)[\s_.]|(?:[\s_.]|\w)(?:news|tv|fm|online|media|daily|post)$|\.(?:com|co\.id)$"
        ),
    ),
    (
        AuthorKind.BUSINESS,
        re.compile(
            r"^(?:pt|cv|ud|toko|warung|rm|resto|hotel|klinik|bengkel|apotek|koperasi|bank|jasa|katering|catering|grosir)[\s_.]"
            r"|[\s_.](?:store|shop|olshop|official|cafe|resto|hotel|group|tbk|indonesia official|laundry|travel|catering)$"
        ),
    ),
)


def speaker(account: Account, category: Category, *, official: bool) -> tuple[AuthorKind, bool]:
    """(kind, whether it is certain); see the table above."""
    if official:
        return AuthorKind.OFFICIAL, True
    if account.kind is not AuthorKind.UNKNOWN:
        return account.kind, True
    if category in (Category.NEWS, Category.FACTCHECK):
        return AuthorKind.MEDIA, True
    names = [name for name in (account.name.strip().lower(), account.handle.strip().lower().lstrip("@").partition("@")[0]) if name]
    for kind, sign in _SIGNS:
        if any(sign.search(name) for name in names):
            return kind, False
    return (AuthorKind.CITIZEN if names or account.native_id else AuthorKind.UNKNOWN), False
