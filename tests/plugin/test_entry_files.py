"""What a file with entries may hold, and what is said of one that holds something else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_connections_plugin.connections.entry_file import (
    LONGEST,
    MOST_ENTRIES,
    EntryFile,
    FileEntry,
    FileRefused,
    decoded,
    is_id,
    read_entry_file,
    written,
)

ENTRY: dict[str, Any] = {"id": "one", "type": "xero", "name": "Head office", "settings": {"port": 8888}}
FILE: dict[str, Any] = {"format": "xero-connections", "version": 1, "connections": [ENTRY]}


def refusal(file: object) -> str:
    with pytest.raises(FileRefused) as refused:
        read_entry_file(file if isinstance(file, str) else json.dumps(file))
    said = str(refused.value)
    assert len(said) <= 300
    return said


def test_what_was_written_is_read_again() -> None:
    file = EntryFile(connections=(FileEntry(id="a", type="xero", name="Crêperie 東京", settings={"x": [1, None]}),))
    assert read_entry_file(written(file)) == file
    assert "東京" in written(file)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.dictionaries(st.text("abc"), st.integers()))
def test_any_name_and_settings_survive_a_file(name: str, settings: dict[str, int]) -> None:
    file = EntryFile(connections=(FileEntry(id="a", type="xero", name=name, settings={**settings}),))
    assert read_entry_file(written(file)) == file


def test_a_byte_order_mark_is_no_reason_to_refuse() -> None:
    assert read_entry_file("\ufeff" + json.dumps(FILE)) == read_entry_file(json.dumps(FILE))
    assert read_entry_file(decoded(b"\xef\xbb\xbf" + json.dumps(FILE).encode())) == read_entry_file(json.dumps(FILE))


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("", "line 1, column 1"),
        ('{"format":\n  oops}', "line 2, column 3"),
        ("[]", "no file of connections"),
        ("null", "no file of connections"),
        ({"format": "something else"}, "no file of connections"),
        ({**FILE, "version": "1"}, "version as a whole number"),
        ({**FILE, "version": True}, "version as a whole number"),
        ({**FILE, "version": 0}, "version as a whole number"),
        ({**FILE, "version": 2}, "has version 2; this program reads version 1"),
        ({**FILE, "tokens": []}, "“tokens” in the file"),
        ({"format": "xero-connections", "version": 1}, "lacks “connections” in the file"),
        ({**FILE, "connections": {}}, "“connections” in the file that cannot be read"),
        ({**FILE, "connections": [ENTRY, "x"]}, "connection number 2"),
        ({**FILE, "connections": [{**ENTRY, "grant_id": "g"}]}, "“grant_id” in connection number 1"),
        ({**FILE, "connections": [ENTRY, {**ENTRY, "name": 5}]}, "“name” in connection number 2"),
        ({**FILE, "connections": [{**ENTRY, "settings": []}]}, "“settings” in connection number 1"),
        ({**FILE, "connections": [ENTRY] * (MOST_ENTRIES + 1)}, "at most 10000"),
        ({**FILE, "exported_at": "yesterday"}, "“exported_at” in the file"),
        (
            '{"format": "xero-connections", "version": 1, "connections": [], "connections": []}',
            "says “connections” twice",
        ),
        ('{"format": NaN}', "the number NaN"),
        ('{"format": -Infinity}', "the number -Infinity"),
        ('{"format": ' + "9" * 5000 + "}", "cannot be read"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("x" * (LONGEST + 1), "longer than"),
        ('{"format": "xero-connections", "version": 1, "connections": [{"id": "\\ud800"}]}', "connection number 1"),
        (
            '{"format": "xero-connections", "version": 1, "connections": '
            '[{"id": "a", "type": "xero", "name": "b", "settings": {"c": "\\ud800"}}]}',
            "“settings” in connection number 1",
        ),
    ],
)
def test_anything_else_is_refused_with_a_sentence_that_says_where(file: object, said: str) -> None:
    assert said in refusal(file)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(FileRefused):
        read_entry_file(text)


@pytest.mark.parametrize("content", [b"\xff\xfe{\x00}\x00", b"\x80", "{}".encode("utf-16")])
def test_other_encodings_are_refused(content: bytes) -> None:
    with pytest.raises(FileRefused, match="not UTF-8"):
        decoded(content)


def test_what_a_refusal_quotes_is_short_and_plain() -> None:
    said = refusal({**FILE, "a\u202e" + "b" * 1000: 1})
    assert "\u202e" not in said
    assert "b" * 60 not in said


def test_ids_are_plain() -> None:
    assert all(is_id(one) for one in ("a", "A-1_b.c", "f" * 64))
    assert not any(is_id(one) for one in ("", "f" * 65, "a/b", "a b", "é", "a\n"))
