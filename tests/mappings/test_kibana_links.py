"""Addresses into Kibana carry agency, window and query unharmed, whatever signs are in them."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote, urlsplit

import pytest

from mappings.kibana.links import dashboard_link, discover_link, kql_value, rison
from tests.factories import T0

LATER = T0 + timedelta(hours=2)


def test_rison_writes_what_kibana_reads() -> None:
    value = {"a": True, "b": None, "c": [1, "x y", "it's!"], "d": {"e": ""}}
    assert rison(value) == "(a:!t,b:!n,c:!(1,'x y','it!'s!!'),d:(e:''))"


@pytest.mark.parametrize("name", ["pln", "Dinas (Kota) #1", 'kata "kutip"', "o'Connor!", "50% & lebih", "日本"])
def test_a_query_arrives_as_it_was(name: str) -> None:
    query = f"negative_about: {kql_value(name)}"
    link = dashboard_link("https://kibana.example/base/", "instansi", T0, LATER, query=query)
    parts = urlsplit(link)
    assert (parts.netloc, parts.path) == ("kibana.example", "/base/app/dashboards")
    state = unquote(parts.fragment.partition("&_a=")[2])
    assert state == f"(query:(language:kuery,query:{rison(query)}))"
    assert not set(link) & set(' "<>#\\^`{|}&%') - {"#", "&", "%"}
    assert link.count("#") == 1


def test_a_link_names_the_window_in_utc_the_space_and_the_tenant() -> None:
    link = discover_link("http://127.0.0.1:5601", T0, LATER, prefix="kota", space="humas kota")
    assert link.startswith("http://127.0.0.1:5601/s/humas%20kota/app/discover#/?_g=(time:(from:'")
    assert f"from:'{T0:%Y-%m-%dT%H:%M:%S}.000Z',to:'{LATER:%Y-%m-%dT%H:%M:%S}.000Z'" in unquote(link)
    assert "index:'kota-mentions'" in unquote(link)


def test_an_unknown_dashboard_is_an_error() -> None:
    with pytest.raises(KeyError):
        dashboard_link("http://x", "tidak-ada", T0, LATER)
