"""More, filters, tables and files in dialogs, and downloads: as a page gets them and sends them back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import JsonValue

from hostspec.forms import FileField, Form, Section, TableField
from hostspec.rows import Cell, Row
from hostspec.ui import Download, UserAct
from sample_host.app import SampleHost
from sample_host.web.field_values import filled, values_of
from sample_host.web.file_names import FALLBACK, LONGEST, handed_out, safe_name
from sample_host.web.frame import badge_says
from tests.host.page_client import PageClient
from tests.host.rarities_plugin import RaritiesPlugin, columns
from tests.host.running_host import InstalledPlugin, make_host

ROWS = TableField(
    field_id="rows",
    label="Rows",
    columns=columns("Name"),
    rows=tuple(Row(row_id=one, label=one, cells=(Cell(text=one),)) for one in ("a", "b", "c")),
    tickable=True,
    value=("b",),
)
FILE = FileField(field_id="file", label="File", max_bytes=6)
FORM = Form(fields=(FILE, Section(section_id="s", label="S", fields=(ROWS,))))


@pytest.fixture
def plugin() -> RaritiesPlugin:
    return RaritiesPlugin()


@pytest.fixture
def host(tmp_path: Path, plugin: RaritiesPlugin) -> Iterator[SampleHost]:
    host = make_host(tmp_path / "data", InstalledPlugin("rarities", plugin))
    yield host
    host.stop(1.0)


@pytest.fixture
def client(host: SampleHost) -> PageClient:
    client = PageClient(host)
    client.open("/tabs/rarities")
    client.post("/window", {"page": "/tabs/rarities"})
    return client


def test_ticked_rows_arrive_in_the_order_of_the_table_and_unknown_ones_not_at_all() -> None:
    assert values_of(FORM, {"rows": ["c", "x", "a", 7, "c"]})["rows"] == ("a", "c")


@pytest.mark.parametrize("posted", ["a", None, 3, {"a": True}])
def test_what_is_no_list_of_rows_ticks_nothing(posted: JsonValue) -> None:
    assert values_of(FORM, {"rows": posted})["rows"] == ()


def test_a_table_that_the_page_left_out_keeps_its_ticks_and_one_without_ticks_has_no_value() -> None:
    assert values_of(FORM, {})["rows"] == ("b",)
    plain = Form(fields=(ROWS.model_copy(update={"tickable": False}),))
    assert values_of(plain, {"rows": ["a"]}) == {}


def test_what_was_ticked_stands_in_the_form_again_and_a_files_text_does_not() -> None:
    form = filled(FORM, {"rows": ("a",), "file": "text"})
    assert values_of(form, {}) == {"file": "", "rows": ("a",)}


def test_a_file_arrives_as_text_unless_it_is_longer_than_its_field_takes() -> None:
    assert values_of(FORM, {"file": "12345\n"})["file"] == "12345\n"
    assert values_of(FORM, {"file": "\N{EURO SIGN}" * 3})["file"] == ""
    assert values_of(FORM, {"file": ["x"]})["file"] == ""


def test_the_button_of_a_row_sends_the_row_and_the_ticks(client: PageClient, plugin: RaritiesPlugin) -> None:
    client.act("table", tab="rarities")
    body = {
        "layer": client.layers[-1]["key"],
        "action": "recover",
        "row": "r3",
        "values": {"gone": ["r0"], "note": "n"},
    }
    client.post("/act", body)
    assert plugin.tab.acts[-1] == UserAct(
        action_id="recover", row_id="r3", dialog_id="table", values={"gone": ("r0",), "note": "n"}
    )
    assert re.search(r'data-row-tick="r0"[^>]* checked', client.top)
    assert not re.search(r'data-row-tick="r1"[^>]* checked', client.top)


def test_the_button_of_a_row_in_a_waiting_window_sends_the_row(client: PageClient, plugin: RaritiesPlugin) -> None:
    client.act("wait", tab="rarities")
    client.post("/act", {"layer": client.layers[-1]["key"], "action": "recover", "row": "r3", "values": {}})
    assert plugin.tab.acts[-1] == UserAct(action_id="recover", row_id="r3", wait_id="tests")


def test_a_file_of_a_megabyte_of_escaped_characters_fits_into_a_request(client: PageClient) -> None:
    client.act("file", tab="rarities")
    text = "\u0001" * 1_000_000
    answer = client.http.post(
        "/act",
        json={"layer": client.layers[-1]["key"], "action": "read", "values": {"file": text}},
        headers=client.headers(),
    )
    assert answer.status_code == 200


def test_a_download_reaches_the_page_with_a_safe_name_and_leaves_dialogs_open(client: PageClient) -> None:
    client.act("file", tab="rarities")
    client.post("/act", {"layer": client.layers[-1]["key"], "action": "export", "values": {}})
    assert client.answer["download"] == {
        "name": "connections 2026_11_.json",
        "type": "application/json",
        "text": '{"name": "Zoë"}\n',
    }
    assert len(client.layers) == 1
    client.post("/window", {"page": "/tabs/rarities"})
    assert client.answer["download"] is None


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("list.csv", "list.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\list.csv", "list.csv"),
        ("a<b>c:d|e?f*g.csv", "a_b_c_d_e_f_g.csv"),
        ("list\u202egpj.exe\x00\r\n", "listgpj.exe"),
        ("con.csv", "_con.csv"),
        ("LPT1", "_LPT1"),
        ("console.csv", "console.csv"),
        (" .hidden. ", "hidden"),
        ("..", FALLBACK),
        ("", FALLBACK),
        ("dir/", FALLBACK),
        ("Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}.csv", "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}.csv"),
    ],
)
def test_names_of_files_are_fit_for_every_file_system(name: str, kept: str) -> None:
    assert safe_name(name) == kept


def test_a_long_name_keeps_its_ending() -> None:
    name = safe_name("x" * 300 + ".json")
    assert (len(name), name[-5:]) == (LONGEST, ".json")
    assert len(safe_name("x" * 300)) == LONGEST
    assert len(safe_name("x." + "y" * 300)) == LONGEST


def test_a_media_type_that_is_none_becomes_plain_bytes() -> None:
    assert handed_out(Download(file_name="a", media_type="text/html\r\nx: y", text="")) == {
        "name": "a",
        "type": "application/octet-stream",
        "text": "",
    }


def test_the_filter_that_was_asked_for_is_chosen_and_counts_stand_beside(
    client: PageClient, plugin: RaritiesPlugin
) -> None:
    html = client.open("/tabs/rarities?filter_id=bad&search=7&sort=name&descending=true")
    asked = plugin.tab.queries[-1]
    assert (asked.filter_id, asked.search, asked.sort, asked.descending) == ("bad", "7", "name", True)
    assert re.search(r'<option value="bad" selected>Needs attention \(12\)</option>', html)
    assert ">All (120)</option>" in html
    assert ">Not used for 90 days</option>" in html


@pytest.mark.parametrize("address", ["/tabs/rarities?limit=100000", "/tabs/rarities?offset=-1&filter_id=bad"])
def test_an_address_that_asks_for_the_impossible_shows_the_first_rows(client: PageClient, address: str) -> None:
    assert "Entry 001" in client.open(address)


def test_an_empty_part_keeps_the_filter_in_reach(client: PageClient) -> None:
    html = client.open("/tabs/rarities?filter_id=none")
    assert "Nothing fits this filter." in html
    assert '<option value="none" selected>' in html


def test_what_cannot_be_pressed_behind_more_says_why(client: PageClient) -> None:
    html = client.open("/tabs/rarities")
    item = re.search(r'<button[^>]*id="view-more-never"[^>]*>.*?</button>', html, re.DOTALL)
    assert item is not None
    assert 'aria-disabled="true"' in item[0]
    assert "Your user may not change connections here." in item[0]


@pytest.mark.parametrize(
    ("badge", "says"), [("1", "1 needs attention"), ("12", "12 need attention"), ("new", "new"), ("", "")]
)
def test_a_badge_is_read_out_in_words(badge: str, says: str) -> None:
    assert badge_says(badge) == says


def test_the_tab_list_reads_the_badge_out(client: PageClient) -> None:
    assert 'aria-label="Rarities, 12 need attention">Rarities</a>' in client.open("/profiles")
