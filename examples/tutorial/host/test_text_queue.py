import json
from types import TracebackType
from typing import Self

import pytest
import requests
from requests.adapters import BaseAdapter
from test_text_host import Given
from text_host import TextHost
from text_step import offered

from hostspec import (
    CONNECTION_KIND,
    BatchRerun,
    ConnectionChoice,
    ConnectionId,
    ConnectionRef,
    ConnectionStatus,
    ProviderUnavailable,
    SignInNeeded,
    Subject,
    TypeId,
    UserId,
    hookimpl,
)

ONE = ConnectionId("c1")
HEAD_OFFICE = Subject(kind=CONNECTION_KIND, subject_id=ONE, label="Head office")


class Answering(BaseAdapter):
    """Takes contacts, as the other side of a connection does."""

    def __init__(self) -> None:
        super().__init__()
        self.contacts: dict[str, str] = {}
        self.status = 200

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        answer = requests.Response()
        answer.status_code = self.status
        answer.request = request
        if answer.ok:
            for contact in json.loads(request.body or b"{}")["Contacts"]:
                self.contacts[contact["ContactNumber"]] = contact["Name"]
        return answer

    def close(self) -> None:
        """Nothing is open."""


class BooksSession:
    """An ``hostspec.HttpSession`` that ends at the adapter."""

    connection = ConnectionRef(connection_id=ONE, type_id=TypeId("xero"), display_name="Head office")
    base_url = "https://books.test/"
    tenant_name = "Head office Ltd"

    def __init__(self, books: Answering) -> None:
        self.http = requests.Session()
        self.http.mount("https://books.test/", books)

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Books:
    """A plugin with one connection."""

    def __init__(self) -> None:
        self.books = Answering()
        self.signed_in = True
        self.online = True

    @hookimpl
    def capture_connection_choices(self) -> list[ConnectionChoice]:
        status = ConnectionStatus.READY if self.signed_in else ConnectionStatus.NEEDS_SIGN_IN
        return [
            ConnectionChoice(
                connection_id=ONE, type_id=TypeId("xero"), label="Head office", status=status, selectable=self.signed_in
            )
        ]

    @hookimpl
    def capture_open_session(self, connection_id: ConnectionId) -> BooksSession | None:
        if connection_id != ONE:
            return None
        if not self.signed_in:
            raise SignInNeeded("Sign in again.")
        if not self.online:
            raise ProviderUnavailable("It cannot be reached; nothing is lost.", retry_after=0.001)
        return BooksSession(self.books)


@pytest.fixture
def plugin():
    return Books()


@pytest.fixture
def host(tmp_path, plugin):
    host = TextHost(tmp_path / "data", {}, [Given("books", plugin)])
    host.use(HEAD_OFFICE, "Cards", enabled=True)
    yield host
    host.stop()


def test_a_step_offers_connections(host):
    assert [choice.label for choice in offered(host.hooks)] == ["Head office"]


def test_a_chosen_connection_that_is_gone_is_still_shown(host):
    shown = offered(host.hooks, ConnectionId("gone"))
    assert [(choice.selectable, bool(choice.hint)) for choice in shown] == [(False, True), (True, False)]


def test_business_cards_are_filed_once(host, plugin):
    batch_id = host.queue.add("Cards", ["Ada", "Grace"])
    assert host.hooks.usages(HEAD_OFFICE).items[0].waiting == 1
    host.queue.work()
    host.queue.work()
    assert plugin.books.contacts == {f"{batch_id}-0": "Ada", f"{batch_id}-1": "Grace"}
    assert host.hooks.usages(HEAD_OFFICE).items[0].waiting == 0


def test_what_failed_waits_until_the_connection_works_again(host, plugin):
    plugin.signed_in = False
    host.queue.add("Cards", ["Ada"])
    host.queue.work()
    (failed,) = host.hooks.failed_batches(HEAD_OFFICE)
    assert (failed.profile, failed.documents, failed.problem) == ("Cards", 1, "Sign in again.")

    plugin.signed_in = True
    again = BatchRerun(subject=HEAD_OFFICE, batch_ids=(failed.batch_id,), user_id=UserId("administrator"))
    assert [one.started for one in host.hooks.rerun_batches(again)] == [True]
    host.queue.work()
    assert list(plugin.books.contacts.values()) == ["Ada"]
    assert [one.started for one in host.hooks.rerun_batches(again)] == []


def test_what_passes_by_itself_is_tried_again(host, plugin):
    plugin.online = False
    host.queue.add("Cards", ["Ada"])
    host.queue.work()
    assert host.hooks.failed_batches(HEAD_OFFICE).items == ()
    plugin.online = True
    host.services.clock.wait(0.002)
    host.queue.work()
    assert list(plugin.books.contacts.values()) == ["Ada"]


def test_a_refused_contact_is_told(host, plugin):
    plugin.books.status = 400
    host.queue.add("Cards", [""])
    host.queue.work()
    (failed,) = host.hooks.failed_batches(HEAD_OFFICE)
    assert failed.problem == "The contact was refused (400). Look at its name."


def test_nothing_is_lost_over_a_restart(host, plugin, tmp_path):
    host.queue.add("Cards", ["Ada"])
    host.stop()
    other = TextHost(tmp_path / "data", {}, [Given("books", plugin)])
    other.queue.work()
    other.stop()
    assert list(plugin.books.contacts.values()) == ["Ada"]
