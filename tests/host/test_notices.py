"""Notices stay over a restart, stand above the page until they are put away, and lead to what they are about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hostspec.errors import StoreUnavailable
from hostspec.messages import Notification
from hostspec.usages import CONNECTION_KIND, Subject
from hostspec.value import Tone, UserId
from sample_host.app import SampleHost
from sample_host.kept_data import HostData
from sample_host.notice_board import KEPT_NOTICES, NoticeBoard
from tests.host.ledger_plugin import LedgerPlugin
from tests.host.page_client import PageClient
from tests.host.running_host import InstalledPlugin, make_host

ADA, BEN = UserId("ada"), UserId("ben")
NOW = datetime(2026, 11, 21, 9, 14, 5, tzinfo=UTC)


def told(number: int = 1, text: str = "The sign-in was revoked.", subject: Subject | None = None) -> Notification:
    return Notification(
        notification_id=f"n{number}",
        title=f"Bakery {number} needs a sign-in",
        text=text,
        tone=Tone.BAD,
        subject=subject,
    )


def board_of(folder: Path) -> NoticeBoard:
    return NoticeBoard(HostData(folder / "host.sqlite3", lambda: NOW), lambda: NOW)


@pytest.fixture
def board(tmp_path: Path) -> NoticeBoard:
    return board_of(tmp_path)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SampleHost]:
    host = make_host(tmp_path / "data", InstalledPlugin("ledger", LedgerPlugin()))
    yield host
    host.stop(1.0)


@pytest.fixture
def client(host: SampleHost) -> PageClient:
    client = PageClient(host)
    client.open("/profiles")
    return client


def titles(board: NoticeBoard, user_id: UserId = ADA) -> list[str]:
    return [one.notification.title for one in board.new_for(user_id)]


def test_the_newest_notice_comes_first_with_its_time(board: NoticeBoard) -> None:
    board.notify(told(1))
    board.notify(told(2))
    assert titles(board) == ["Bakery 2 needs a sign-in", "Bakery 1 needs a sign-in"]
    assert {one.heard_at for one in board.latest()} == {NOW}


def test_the_same_notice_again_is_not_new_and_a_changed_one_replaces_it_and_is(board: NoticeBoard) -> None:
    board.notify(told(1))
    board.put_away(ADA, None)
    before = board.version
    board.notify(told(1))
    assert titles(board) == []
    assert board.version == before
    board.notify(told(1, text="It works again."))
    assert [one.notification.text for one in board.new_for(ADA)] == ["It works again."]
    assert len(board.latest()) == 1


def test_a_notice_takes_the_place_of_those_that_it_replaces(board: NoticeBoard, tmp_path: Path) -> None:
    board.notify(told(1))
    board.notify(told(2))
    board.put_away(ADA, 1)
    board.notify(told(3).model_copy(update={"title": "Bakery 1 works again", "replaces": ("n1", "unknown")}))
    for one in (board, board_of(tmp_path)):
        assert titles(one) == ["Bakery 1 works again", "Bakery 2 needs a sign-in"]
        assert len(one.latest()) == 2


def test_what_works_again_for_the_second_time_takes_the_second_trouble_down(board: NoticeBoard, tmp_path: Path) -> None:
    works = told(3).model_copy(update={"title": "Bakery 1 works again", "replaces": ("n1",)})
    board.notify(works)
    board.notify(told(1))
    before = board.version
    board.notify(works)
    assert board.version > before
    for one in (board, board_of(tmp_path)):
        assert titles(one) == ["Bakery 1 works again"]


def test_each_person_puts_notices_away_for_themselves_one_or_all(board: NoticeBoard) -> None:
    for number in (1, 2, 3):
        board.notify(told(number))
    board.put_away(ADA, board.latest()[0].number)
    assert titles(board) == ["Bakery 2 needs a sign-in", "Bakery 1 needs a sign-in"]
    assert len(titles(board, BEN)) == 3
    board.put_away(ADA, None)
    assert titles(board) == []
    assert len(board.latest()) == 3
    board.put_away(ADA, 999)
    assert len(titles(board, BEN)) == 3


def test_the_last_hundred_survive_a_restart_with_what_was_put_away(board: NoticeBoard, tmp_path: Path) -> None:
    for number in range(KEPT_NOTICES + 5):
        board.notify(told(number))
    board.put_away(ADA, board.latest()[0].number)
    again = board_of(tmp_path)
    assert [one.notification for one in again.latest()] == [one.notification for one in board.latest()]
    assert len(again.latest()) == KEPT_NOTICES
    assert titles(again) == titles(board)
    again.notify(told(500))
    assert titles(again)[0] == "Bakery 500 needs a sign-in"
    assert len(again.latest()) == KEPT_NOTICES


def test_a_row_that_cannot_be_read_costs_only_itself(board: NoticeBoard, tmp_path: Path) -> None:
    board.notify(told(1))
    with HostData(tmp_path / "host.sqlite3", lambda: NOW).writing() as database:
        database.execute("INSERT INTO kept (kind, item_id, position, body) VALUES ('notice', 'x', 0, '{')")
    assert titles(board_of(tmp_path)) == ["Bakery 1 needs a sign-in"]


def test_a_disk_that_takes_nothing_costs_only_what_a_restart_would_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = HostData(tmp_path / "host.sqlite3", lambda: NOW)

    def refused() -> None:
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(data, "writing", refused)
    board = NoticeBoard(data, lambda: NOW)
    board.notify(told(1))
    assert titles(board) == ["Bakery 1 needs a sign-in"]


def test_a_new_notice_stands_above_every_page_and_is_counted_in_the_tab_list(
    host: SampleHost, client: PageClient
) -> None:
    host.hooks.notify(told(1))
    html = client.open("/profiles")
    assert "Bakery 1 needs a sign-in" in html
    assert 'aria-label="Notices, 1 new">Notices</a>' in html
    news = client.http.get("/news?page=/profiles").json()
    assert "Bakery 1 needs a sign-in" in news["notifications"]
    assert "1 new" in news["nav"]


def test_the_pages_of_a_host_that_was_started_again_show_what_was_told_before(tmp_path: Path) -> None:
    before = make_host(tmp_path / "data", InstalledPlugin("ledger", LedgerPlugin()))
    before.hooks.notify(told(1))
    before.stop(1.0)
    after = make_host(tmp_path / "data", InstalledPlugin("ledger", LedgerPlugin()))
    try:
        html = PageClient(after).open("/profiles")
    finally:
        after.stop(1.0)
    assert "Bakery 1 needs a sign-in" in html


def test_at_most_three_stand_above_the_page_and_the_rest_is_a_link_away(host: SampleHost, client: PageClient) -> None:
    for number in range(1, 6):
        host.hooks.notify(told(number))
    html = client.open("/profiles")
    assert len(re.findall(r'id="notification-\d+"', html)) == 3
    assert "2 more notices" in html


def test_what_is_put_away_stays_in_the_list(host: SampleHost, client: PageClient) -> None:
    host.hooks.notify(told(1))
    host.hooks.notify(told(2))
    number = host.news.board.latest()[0].number
    client.post("/notices/put-away", {"number": number})
    assert "Bakery 2" not in client.open("/profiles")
    client.post("/notices/put-away", {})
    html = client.open("/profiles")
    assert "Bakery 1" not in html
    assert ", 0 new" not in html
    html = client.open("/notices")
    assert html.count("Bakery 1 needs a sign-in") == 1
    assert "Dismiss all" not in html


def test_the_list_shows_each_once_and_marks_what_is_new(host: SampleHost, client: PageClient) -> None:
    host.hooks.notify(told(1))
    html = client.open("/notices")
    assert 'id="notification-' not in html
    assert len(re.findall(r'<li id="heard-\d+" class="fresh">', html)) == 1
    assert "Dismiss all" in html


def test_an_unreadable_order_to_put_away_changes_nothing(host: SampleHost, client: PageClient) -> None:
    host.hooks.notify(told(1))
    client.post("/notices/put-away", {"number": "all"})
    assert "Bakery 1" in client.open("/profiles")


def test_a_notice_leads_to_the_row_it_is_about_under_its_present_name(host: SampleHost, client: PageClient) -> None:
    host.hooks.notify(told(1, subject=Subject(kind=CONNECTION_KIND, subject_id="c-1", label="Old name")))
    assert 'href="/subjects/connection/c-1"' in client.open("/profiles")
    answer = client.http.get("/subjects/connection/c-1", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/tabs/connections?search=Head+office&select=c-1"


def test_a_notice_about_what_is_gone_leads_to_its_tab(client: PageClient) -> None:
    answer = client.http.get("/subjects/connection/gone", follow_redirects=False)
    assert re.fullmatch(r"/tabs/[a-z-]+", answer.headers["location"])
    location = client.http.get("/subjects/storage_location/gone", follow_redirects=False).headers["location"]
    assert location == "/tabs/storage"


def test_a_notice_about_a_storage_location_leads_to_it(host: SampleHost, client: PageClient) -> None:
    place = host.storage.all()[0]
    location = client.http.get(f"/subjects/storage_location/{place.location_id}", follow_redirects=False).headers
    assert location["location"].startswith("/tabs/storage?search=")


def test_a_subject_that_no_tab_shows_leads_nowhere(client: PageClient) -> None:
    assert client.http.get("/subjects/spaceship/x", follow_redirects=False).status_code == 404
