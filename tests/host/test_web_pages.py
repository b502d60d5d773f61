"""What pages show of any tab, and what their acts come to."""

import html as entities
import json
import logging
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.messages import Notification
from hostspec.value import Tone
from sample_host.app import SampleHost
from sample_host.web.drawing import safe_address
from tests.canaries import assert_no_leaks, canary
from tests.host.everything_plugin import HOSTILE, EverythingPlugin
from tests.host.page_client import PageClient
from tests.host.running_host import InstalledPlugin, make_host


class Tags(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def assert_inert(html: str) -> None:
    for tag, attributes in Tags(html).seen:
        assert tag != "svg"
        assert tag != "script" or attributes.get("src") == "/static/host.js"
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("href", "src"):
            assert not (attributes.get(name) or "").lower().startswith(("javascript:", "data:"))


@pytest.fixture
def opened(client: PageClient) -> PageClient:
    client.open("/tabs/everything")
    client.post("/window", {"page": "/tabs/everything"})
    return client


def test_a_plugins_tab_stands_between_the_hosts_own(client: PageClient) -> None:
    html = client.open("/profiles")
    assert re.findall(r'id="nav-\d+"[^>]*>([^<]+)<', html) == ["Capture Profiles", "Everything", "Storage", "Notices"]


def test_a_tab_without_its_plugin_is_gone(tmp_path: Path) -> None:
    host = make_host(tmp_path, InstalledPlugin("everything", EverythingPlugin()), without=("everything",))
    try:
        assert "Everything" not in PageClient(host).open("/profiles")
        assert PageClient(host).http.get("/tabs/everything").status_code == 404
    finally:
        host.stop(1.0)


@pytest.mark.exempt(I7="the plugin under test says hostile texts on purpose")
def test_f7_hostile_names_are_text_everywhere(opened: PageClient) -> None:
    places = [opened.open("/tabs/everything"), opened.act("form"), opened.act("mend"), opened.act("fail")]
    places.append(opened.act("usage", row=HOSTILE))
    places.append(opened.act("edit", row=f"id-{HOSTILE}"))
    for html in places:
        assert_inert(html)
        assert HOSTILE.split("\u202e")[0] in entities.unescape(html)
        assert "8100180001" not in html


def test_f7_hostile_names_in_json_cannot_end_a_script(opened: PageClient) -> None:
    opened.act("mend")
    assert "application/json" in opened.http.post("/act", json={}, headers=opened.headers()).headers["content-type"]


@pytest.mark.parametrize("name", ["x" * 10_000, "\u202egnp.exe\u202c", "\u200f\u200e", "%00", "é" * 200])
def test_f7_odd_names_leave_the_page_whole(host: SampleHost, client: PageClient, name: str) -> None:
    host.storage.save(None, name + "!", "/srv")
    html = client.open("/tabs/storage")
    assert html.rstrip().endswith("</html>")
    assert entities.escape(name + "!", quote=True).replace("&#x27;", "&#39;") in html


@pytest.mark.parametrize(
    ("address", "fit"),
    [
        ("https://developer.xero.com/", True),
        ("http://localhost:8900/today", True),
        ("http://127.0.0.1:1/", True),
        ("http://[::1]:1/", True),
        ("http://example.com/", False),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//evil.example", False),
        ("https://", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_only_addresses_that_lead_where_they_say_become_links(address: str, fit: bool) -> None:
    assert safe_address(address) == (address if fit else "")


def test_f9_a_crash_of_a_plugin_says_nothing_of_what_it_said(
    opened: PageClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        html = opened.act("crash")
    assert "Something went wrong" in html
    assert "secret-in-an-exception" not in html + caplog.text
    assert "RuntimeError" in caplog.text


def test_f15_a_typed_secret_reaches_the_plugin_and_no_page(opened: PageClient, everything: EverythingPlugin) -> None:
    secret = canary("typed-secret")
    opened.act("form")
    opened.press("typed", {"name": "a", "secret": secret})
    assert everything.tab.acts[-1][1].values["secret"] == SecretStr(secret)
    pages = [opened.open("/tabs/everything"), json.dumps(opened.layers), json.dumps(opened.answer)]
    assert_no_leaks("\n".join(pages), {"typed-secret": secret})


def test_an_act_tells_who_acts_and_in_which_window(opened: PageClient, everything: EverythingPlugin) -> None:
    opened.act("form")
    origin = everything.tab.acts[-1][0]
    assert (origin.user_id, origin.user_name, origin.is_local) == ("admin", "Admin", True)
    first = origin.window_id
    opened.window = "w2"
    opened.act("form")
    assert everything.tab.acts[-1][0].window_id != first


def test_windows_of_two_browsers_are_told_apart(opened: PageClient, everything: EverythingPlugin) -> None:
    opened.act("form")
    other = opened.beside()
    other.open("/tabs/everything")
    other.act("form")
    assert len({origin.window_id for origin, _ in everything.tab.acts}) == 2


def test_a_disabled_button_says_why(client: PageClient) -> None:
    html = client.open("/tabs/everything")
    tags = {attributes.get("id"): attributes for _, attributes in Tags(html).seen}
    never = tags["view-act-no"]
    assert never["aria-disabled"] == "true"
    assert tags[never["aria-describedby"]]["role"] == "tooltip"
    assert "This is never possible." in html
    assert tags["view-act-edit"]["aria-disabled"] == "true"
    assert "Select a row first." in html


def test_a_dialog_is_replaced_in_place_with_its_errors(opened: PageClient) -> None:
    opened.act("form")
    key = opened.layers[-1]["key"]
    html = opened.press("save", {"name": "", "port": "x"})
    assert [layer["key"] for layer in opened.layers] == [key]
    assert "Give it a name." in html
    assert 'aria-invalid="true"' in html
    assert 'value="x"' in html


def test_a_message_button_with_an_act_sends_it_with_the_row(opened: PageClient, everything: EverythingPlugin) -> None:
    opened.act("ask", row="id-Row 1")
    assert opened.layers[-1]["pageTitle"] == "Delete row?"
    opened.press("1")
    act = everything.tab.acts[-1][1]
    assert (act.action_id, act.row_id) == ("delete", "id-Row 1")
    assert opened.layers == []
    assert opened.answer["select"] == "id-Row 1"


def test_a_message_button_without_an_act_only_closes_the_box(opened: PageClient, everything: EverythingPlugin) -> None:
    opened.act("ask", row="id-Row 1")
    opened.press("0")
    assert opened.layers == []
    assert everything.tab.acts[-1][1].action_id == "ask"


def test_a_question_about_a_dialog_is_answered_with_what_is_typed_there(
    opened: PageClient, everything: EverythingPlugin
) -> None:
    opened.act("form")
    form = opened.layers[-1]["key"]
    opened.press("cancel", {"name": "typed"})
    assert opened.layers[-1]["valuesFrom"] == form
    opened.press("1", {"name": "typed"})
    act = everything.tab.acts[-1][1]
    assert (act.action_id, act.dialog_id, act.values["name"]) == ("discard", "form", "typed")
    assert opened.layers == []


def test_a_wait_goes_on_until_it_ends_in_a_message(opened: PageClient, everything: EverythingPlugin) -> None:
    opened.act("form")
    opened.press("wait", {"name": "a"})
    for _ in range(2):
        opened.press("continue", {"pasted": "never sent"})
        assert opened.layers[-1]["secondsLeft"] < 90
    assert everything.tab.acts[-1][1].values == {}
    opened.press("continue")
    assert [layer.get("pageTitle") for layer in opened.layers] == [None, "Connection successful"]


def test_what_is_pasted_into_a_wait_is_sent_with_its_button(opened: PageClient, everything: EverythingPlugin) -> None:
    opened.act("wait")
    html = opened.press("paste", {"pasted": "http://x"})
    assert everything.tab.acts[-1][1].values == {"pasted": "http://x"}
    assert "This is no such address." in html


def test_an_act_of_a_layer_that_is_closed_changes_nothing(opened: PageClient, everything: EverythingPlugin) -> None:
    opened.act("form")
    key = opened.layers[-1]["key"]
    opened.press("cancel", {"name": ""})
    before = len(everything.tab.acts)
    opened.post("/act", {"layer": key, "action": "save", "values": {"name": "x"}})
    assert len(everything.tab.acts) == before


def test_what_lies_open_is_there_after_the_page_was_loaded_again(opened: PageClient) -> None:
    opened.act("form")
    assert [layer["key"] for layer in opened.post("/window", {"page": "/tabs/everything"})["layers"]]
    assert opened.post("/window", {"page": "/profiles"})["layers"] == []


def test_a_tab_that_cannot_be_shown_costs_only_itself(
    opened: PageClient, everything: EverythingPlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(everything.tab, "rows", None)
    html = opened.open("/tabs/everything")
    assert "cannot be shown right now" in html
    assert "Storage</a>" in html


def test_a_table_of_ten_thousand_rows_comes_in_pages(tmp_path: Path) -> None:
    host = make_host(tmp_path, InstalledPlugin("everything", EverythingPlugin(10_000)))
    try:
        client = PageClient(host)
        html = client.open("/tabs/everything")
        assert html.count("<tr data-row") == 50
        assert "1–50 of 10,000" in html
        body = client.http.get("/tabs/everything/body", params={"offset": "9950", "limit": "200"}).text
        assert body.count("<tr data-row") == 50
        body = client.http.get("/tabs/everything/body", params={"search": "Row 77", "limit": "9999"}).text
        assert "<tr data-row" in body
    finally:
        host.stop(1.0)


def test_e9_a_plugin_that_does_not_load_is_named_on_the_page(tmp_path: Path) -> None:
    class Broken:
        name = "broken-plugin"

        def load(self) -> object:
            raise ImportError("secret path")

    host = make_host(tmp_path, Broken())  # type: ignore[arg-type]  # any source of plugins will do
    try:
        html = PageClient(host).open("/profiles")
    finally:
        host.stop(1.0)
    assert "broken-plugin" in html
    assert "secret path" not in html


def test_a_notification_appears_once_however_often_it_is_sent(host: SampleHost, client: PageClient) -> None:
    note = Notification(notification_id="n", title="Bakery needs a sign-in", text="It was revoked.", tone=Tone.BAD)
    host.hooks.notify(note)
    host.hooks.notify(note)
    assert len(re.findall(r'class="notice-title">.*Bakery needs a sign-in', client.open("/profiles"))) == 1


def test_news_says_that_a_tab_changed(host: SampleHost, client: PageClient) -> None:
    before = client.http.get("/news?tab=everything").json()["version"]
    host.hooks.tab_changed("storage", None)
    assert client.http.get("/news?tab=everything").json()["version"] == before
    host.hooks.tab_changed("everything", None)
    assert client.http.get("/news?tab=everything").json()["version"] != before


def test_an_operator_may_view_and_not_change(client: PageClient, host: SampleHost) -> None:
    client.open("/tabs/storage")
    client.post("/user", {"user": "operator"})
    assert "An administrator can." in client.open("/tabs/storage")
    html = client.act("add", tab="storage")
    assert "Not allowed" in html
    client.press("0")
    html = client.act("usage", tab="storage", row="archive")
    assert "not switch them" in html
    assert len(host.storage.all()) == 2
