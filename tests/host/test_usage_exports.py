"""Usages as a page about everything and as files for spreadsheets."""

import contextlib
import csv
import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from hostspec.usages import CONNECTION_KIND, Subject
from hostspec.value import ConnectionId
from sample_host.app import SampleHost
from sample_host.profiles import Profile, pointed, with_step
from sample_host.usage_csv import csv_text
from tests.host.ledger_plugin import LedgerPlugin
from tests.host.page_client import PageClient
from tests.host.printers import Printers
from tests.host.running_host import InstalledPlugin, make_host

MANY = 10_000
FEW = 300


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SampleHost]:
    host = make_host(tmp_path / "data", InstalledPlugin("ledger", LedgerPlugin()))
    yield host
    host.stop(1.0)


def rename(host: SampleHost, name: str) -> None:
    host.profiles.change("mailroom", lambda old: old.model_copy(update={"name": name}))


def rows(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_a_file_names_the_object_the_place_and_the_figures(host: SampleHost) -> None:
    answer = PageClient(host).http.get("/usages.csv?kind=storage_location&subject=mailroom")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="usage-of-storage-location-2')
    header, line = rows(answer.content.decode())
    assert dict(zip(header, line, strict=True)) == {
        "Used object": "Mailroom",
        "Profile": "Mailroom",
        "Step": "Store document",
        "Profile state": "enabled",
        "Running": "no",
        "Batches waiting": "0",
        "Last used (UTC)": "",
        "Last result": "",
        "Documents in 30 days": "",
        "Host": "this host",
        "Seen at (UTC)": "",
    }


def test_every_object_of_a_kind_stands_in_one_file(host: SampleHost) -> None:
    text = PageClient(host).http.get("/usages.csv?kind=storage_location").content.decode()
    assert [row[:2] for row in rows(text)[1:]] == [
        ["Archive", "Expenses 2025"],
        ["Mailroom", "Mailroom"],
        ["Archive", "Supplier invoices"],
        ["Archive", "Two companies"],
    ]
    assert ["disabled" in row for row in rows(text)[1:]] == [True, False, False, False]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "  =1"])
def test_no_cell_is_taken_for_a_formula(host: SampleHost, name: str) -> None:
    rename(host, name)
    text = PageClient(host).http.get("/usages.csv?kind=storage_location&subject=mailroom").content.decode()
    assert rows(text)[1][1] == f"'{name}"


def test_blanks_quotes_and_lines_in_a_name_come_back_as_they_are() -> None:
    odd = ['a "b", c', "two\r\nlines", "Größe", ""]
    assert rows(csv_text(("w", "x", "y", "z"), [odd]))[1] == odd
    assert csv_text(("a", "b"), [("1", "2")]) == "\ufeffa,b\r\n1,2\r\n"


def test_a_list_that_may_be_incomplete_says_so_in_its_last_line(tmp_path: Path) -> None:
    printers = Printers(fail_at="usages")
    host = make_host(tmp_path / "data", InstalledPlugin("printers", printers))
    try:
        client = PageClient(host)
        text = client.http.get("/usages.csv?kind=storage_location").content.decode()
        assert rows(text)[-1][0] == "This list may be incomplete, because printers did not answer."
        assert "This list may be incomplete, because printers did not answer." in client.open("/usages")
    finally:
        host.stop(1.0)


def test_the_page_shows_both_kinds_and_who_uses_what(host: SampleHost) -> None:
    client = PageClient(host)
    assert "Not used yet" in client.open("/usages")
    html = client.open("/usages?kind=storage_location")
    assert "Expenses 2025" in html
    assert ">Disabled<" in html
    assert "Not used yet" in client.open("/usages?kind=nonsense")
    assert "Expenses 2025" in client.open("/usages?kind=storage_location&offset=nonsense")


def test_the_dialog_shows_figures_pages_and_its_file(host: SampleHost) -> None:
    client = PageClient(host)
    client.open("/tabs/storage")
    client.act("usage", tab="storage", row="archive")
    assert 'href="/usages.csv?kind=storage_location&amp;subject=archive"' in client.top
    assert "Documents" in client.top
    client.press("preview", {"target": "mailroom", "ticked": []})
    assert "3 of 3 would be switched; nothing has been changed yet." in client.top
    client.press("back")
    client.press("preview", {"target": "mailroom", "ticked": []})
    client.press("switch")
    assert "3 of 3 switched to Mailroom." in client.top
    client.press("undo")
    assert "Undone: 3 use Archive again." in client.top


def test_ten_thousand_profiles_are_listed_and_drawn_with_as_many_looks_at_the_disk_as_a_few(
    host: SampleHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would grow with the square of them would grow here; seconds say more about the machine than about us."""
    profile = host.profiles.get("sales-invoices")
    assert profile is not None
    step = pointed(profile.steps[0], ConnectionId("c-1"))

    def named(numbers: range) -> list[Profile]:
        of_one = with_step(profile, step)
        return [of_one.model_copy(update={"profile_id": f"p{n}", "name": f"Profile {n:05}"}) for n in numbers]

    reading = host.data.reading
    looks: list[str] = []

    @contextlib.contextmanager
    def counted() -> Iterator[sqlite3.Connection]:
        with reading() as database:
            database.set_trace_callback(looks.append)
            yield database

    def draw() -> str:
        looks.clear()
        return PageClient(host).open("/usages")

    monkeypatch.setattr(host.data, "reading", counted)
    keep(host, named(range(FEW)))
    assert f"1–200 of {FEW:,}" in draw()
    for_a_few = len(looks)
    assert for_a_few > 0
    keep(host, named(range(FEW, MANY)))
    html = draw()
    assert "1–200 of 10,000" in html
    assert html.count("Profile 0") == 200
    assert len(looks) == for_a_few
    assert len(host.hooks.usages(Subject(kind=CONNECTION_KIND, subject_id="c-1")).items) == MANY


def keep(host: SampleHost, profiles: list[Profile]) -> None:
    with host.data.writing() as database:
        database.executemany(
            "INSERT INTO kept (kind, item_id, position, body) VALUES ('profile', ?, ?, ?)",
            [(p.profile_id, n + 100, p.model_dump_json()) for n, p in enumerate(profiles)],
        )
