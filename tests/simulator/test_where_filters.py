"""The ``where`` language: what it finds and what it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_host.xero_simulator.where_filter import FilterNotUnderstood, read_filter

DOCUMENT = {
    "Name": 'Say "when"',
    "Total": 22.5,
    "Count": 3,
    "IsSupplier": True,
    "Date": "/Date(1795132800000+0000)/",
    "Contact": {"ContactID": "abc-def"},
    "Nothing": None,
}


@pytest.mark.parametrize(
    "text",
    [
        r'Name=="Say \"when\""',
        'Name.Contains("when")',
        'Name.StartsWith("Say")',
        'Name.EndsWith("x") OR Total>22',
        "Total>=22.5 && Count==3",
        "IsSupplier==true AND Nothing==null",
        "Name!=null",
        'Contact.ContactID==guid("ABC-DEF")',
        "Date>=DateTime(2026,11,20) AND Date<DateTime(2026, 11, 21)",
        '(Name=="x" OR Count==3) AND Total<23',
        'Name=="x" AND Count==4 OR Count==3',
        'Missing!="x"',
    ],
)
def test_these_find_the_document(text: str) -> None:
    assert read_filter(text)(DOCUMENT)


@pytest.mark.parametrize(
    "text",
    [
        'Name=="say"',
        "Total>22.5",
        "IsSupplier==false",
        'Name=="x" AND (Count==3 OR Total>1)',
        'Contact.Other=="x"',
        "Name>5",
    ],
)
def test_these_do_not(text: str) -> None:
    assert not read_filter(text)(DOCUMENT)


@pytest.mark.parametrize(
    "text",
    ["", "Name", "Name==", '=="x"', 'Name=="x', '(Name=="x"', 'Name=="x" Total', "Date==DateTime(x)", "a" * 3000],
)
def test_these_are_refused(text: str) -> None:
    with pytest.raises(FilterNotUnderstood):
        read_filter(text)


@given(st.text(max_size=80))
def test_no_text_is_worse_than_refused(text: str) -> None:
    try:
        read_filter(text)(DOCUMENT)
    except FilterNotUnderstood:
        return


@given(st.text(max_size=40))
def test_any_text_is_found_when_quoted(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')

    assert read_filter(f'Name=="{quoted}"')({"Name": text})
