import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_connections_plugin.xero.link_answers import LinksUnreadable, read_links
from xero_connections_plugin.xero.tenants import TenantLink

LINK = {
    "id": "e1eede29-f875-4a5d-8470-17f6a29a88b1",
    "authEventId": "d99ecdfe-391d-43d2-b834-17636ba90e8d",
    "tenantId": "70784a63-d24b-46a9-a4db-0e70a274b056",
    "tenantType": "ORGANISATION",
    "tenantName": "Maple Florist",
    "createdDateUtc": "2019-07-09T23:40:30.1833130",
    "updatedDateUtc": "2020-05-15T01:35:13.8491980",
}


def read(**changes: object) -> TenantLink:
    [link] = read_links(json.dumps([{**LINK, **changes}]).encode())
    return link


def test_a_link_is_read_with_its_zoneless_dates_as_utc() -> None:
    assert read() == TenantLink(
        link_id="e1eede29-f875-4a5d-8470-17f6a29a88b1",
        tenant_id="70784a63-d24b-46a9-a4db-0e70a274b056",
        tenant_type="ORGANISATION",
        tenant_name="Maple Florist",
        event_id="d99ecdfe-391d-43d2-b834-17636ba90e8d",
        created_at=datetime(2019, 7, 9, 23, 40, 30, 183313, tzinfo=UTC),
        updated_at=datetime(2020, 5, 15, 1, 35, 13, 849198, tzinfo=UTC),
    )


@pytest.mark.parametrize("name", [None, "", "   ", 5, {}])
def test_a_name_that_is_none_is_read_as_missing(name: object) -> None:
    assert read(tenantName=name).tenant_name is None


def test_missing_names_event_ids_and_dates_do_not_cost_the_link() -> None:
    [link] = read_links(json.dumps([{"id": "a", "tenantId": "b"}]).encode())
    assert link == TenantLink("a", "b", "", None, None, None, None)


def test_unknown_types_and_members_are_taken_as_they_come() -> None:
    assert read(tenantType="SOLETRADER", colour="blue").tenant_type == "SOLETRADER"


@pytest.mark.parametrize("item", [None, 5, "link", [], {}, {"id": "a"}, {"tenantId": "b"}, {"id": 5, "tenantId": "b"}])
def test_what_is_no_link_is_left_out(item: object) -> None:
    assert [link.tenant_id for link in read_links(json.dumps([item, LINK]).encode())] == [LINK["tenantId"]]


def test_no_links_at_all_is_an_answer() -> None:
    assert read_links(b"[]") == ()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-20T08:00:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20T08:00:00Z", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20T08:00:00.5+13:00", datetime(2026, 11, 19, 19, 0, 0, 500000, tzinfo=UTC)),
        ("2026-13-20T08:00:00", None),
        ("0001-01-01T00:00:00+13:00", None),
        ("/Date(1518685950940+0000)/", None),
        (1518685950, None),
        (None, None),
    ],
)
def test_dates_are_utc_and_odd_ones_missing(said: object, meant: datetime | None) -> None:
    assert read(createdDateUtc=said).created_at == meant


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"null", b'"x"', b"[" * 100_000, b"\xff\xfe", b"[{]"])
def test_what_is_no_list_is_unreadable(body: bytes) -> None:
    with pytest.raises(LinksUnreadable):
        read_links(body)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(sorted(LINK)), inner, max_size=7),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_any_json_is_read_or_unreadable(value: object) -> None:
    try:
        links = read_links(json.dumps(value).encode())
    except LinksUnreadable:
        assert not isinstance(value, list)
    else:
        assert all(link.link_id and link.tenant_id for link in links)


def test_names_and_types_are_made_fit_to_be_shown() -> None:
    link = read(tenantName="Har\u202ebour\x00\nCoffee" + "x" * 10_000, tenantType="ORGAN\u200bISATION" + "y" * 100)
    assert link.tenant_name is not None
    assert link.tenant_name.startswith("Harbour Coffee")
    assert len(link.tenant_name) == 120
    assert link.tenant_type.startswith("ORGANISATION")
    assert len(link.tenant_type) == 40
    assert read(tenantName="\u202e\u200b").tenant_name is None


@pytest.mark.parametrize("odd", ["a b", "a\r\nX-Other: 1", "\u00e9", "a" * 101])
def test_an_id_that_could_be_more_than_an_id_is_none(odd: str) -> None:
    assert read_links(json.dumps([{**LINK, "tenantId": odd}, {**LINK, "id": odd}]).encode()) == ()
