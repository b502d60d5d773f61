"""A host passes what it should not: it gets a typed error, and nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from hostspec.connections import ChoiceQuery
from hostspec.errors import CaptureError, ConnectionNotFound
from hostspec.forms import ActionField, Field, Form, Section
from hostspec.hosting.form_values import Input
from hostspec.testing import FakeHost
from hostspec.testing.fake_host import ADMINISTRATOR
from hostspec.ui import ShowDialog, TabController, TableQuery, UserAct, Wait
from hostspec.value import ConnectionId
from tests.reliability.invariants import unchanged_definitions
from tests.stories.capture_site import Site

HUGE: Final = "A" * 10_000_000


class Disguised(str):
    """Text that says something else whenever it is asked."""

    def __str__(self) -> str:
        return "Head office"

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        raise RuntimeError("not today")

    def strip(self, chars: str | None = None, /) -> str:
        return "Head office"


WRONG: Final[dict[str, Any]] = {
    "nothing": None,
    "a number": 7,
    "bytes": b"x",
    "a list": [],
    "a dictionary": {},
    "an object": object(),
    "text": "x",
    "no text": "",
    "disguised text": Disguised("abc"),
    "10 MB": HUGE,
    "half a character": "\ud800",
    "a NUL": "a\0b",
}


IMPOSSIBLE: Final = {"huge": HUGE, "half": "\ud800", "NUL": "a\0b", "escape": "\x1b[31m", "reversing": "\u202e"}


def controller(host: FakeHost) -> TabController:
    return host.hooks.tabs().items[0].controller


def flat(form: Form) -> list[Field]:
    return [one for field in form.fields for one in (field.fields if isinstance(field, Section) else (field,))]


def input_fields(form: Form) -> list[Input]:
    return [one for one in flat(form) if isinstance(one, Input)]


def definitions(site: Site) -> Callable[[], object]:
    def read() -> object:
        listed = site.host.hooks.connection_choices(ChoiceQuery(limit=100)).items
        return [(one.connection_id, one.label, one.subtitle) for one in listed]

    return read


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A host with one entry, which no careless call changes."""
    with Site(tmp_path_factory.mktemp("careless")) as site:
        site.add(site.tab(), "Head office")
        yield site


@pytest.mark.parametrize("wrong", WRONG)
def test_e3_wrong_arguments_of_any_hook_are_refused_by_type(site: Site, wrong: str) -> None:
    given = WRONG[wrong]
    host, hooks = site.host, site.host.hooks
    tab = controller(host)
    calls: dict[str, Callable[[], object]] = {
        "choices": lambda: hooks.connection_choices(given),
        "usages": lambda: hooks.usages(given),
        "targets": lambda: hooks.subject_targets(given),
        "objections": lambda: hooks.switch_objections(given),
        "switch": lambda: hooks.switch_usages(given),
        "view": lambda: tab.view(ADMINISTRATOR, given),
        "view of nobody": lambda: tab.view(given, TableQuery()),
        "act": lambda: tab.act(ADMINISTRATOR, given),
        "act of nobody": lambda: tab.act(given, UserAct(action_id="add")),
    }
    with unchanged_definitions(definitions(site)):
        for name, call in calls.items():
            with pytest.raises(TypeError) as refused:
                call()
            assert len(str(refused.value)) <= 300, name
        with pytest.raises((ConnectionNotFound, TypeError)):
            hooks.open_session(given)


@pytest.mark.parametrize("wrong", WRONG)
def test_e3_wrong_texts_inside_of_acts_and_questions_end_in_typed_errors(site: Site, wrong: str) -> None:
    given = WRONG[wrong]
    hooks, tab = site.host.hooks, controller(site.host)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: tab.act(ADMINISTRATOR, UserAct(action_id=given)),
        lambda: tab.act(ADMINISTRATOR, UserAct(action_id="edit", row_id=given)),
        lambda: tab.act(ADMINISTRATOR, UserAct(action_id="delete_confirmed", row_id=given)),
        lambda: tab.act(ADMINISTRATOR, UserAct(action_id="save", dialog_id=given)),
        lambda: tab.act(ADMINISTRATOR, UserAct(action_id="continue", wait_id=given)),
        lambda: tab.act(ADMINISTRATOR, UserAct(action_id="add", values={"type_id": given})),
        lambda: tab.act(ADMINISTRATOR, UserAct(action_id="add", dialog_id=given, values={"type_id": "xero"})),
        lambda: tab.view(ADMINISTRATOR, TableQuery(search=given)),
        lambda: tab.view(ADMINISTRATOR, TableQuery(sort=given, filter_id=given)),
        lambda: hooks.connection_choices(ChoiceQuery(search=given, selected_id=given)),
        lambda: hooks.connection_choices(ChoiceQuery(type_ids=given)),
        lambda: hooks.maintain(given),
        lambda: hooks.tab_changed(given, given),
    )
    with unchanged_definitions(definitions(site)):
        for attempt in attempts:
            try:
                attempt()
            except CaptureError as told:
                assert "does not answer" not in str(told), "the store is not to blame"  # noqa: PT017
            except (ValueError, TypeError) as mistake:
                assert not isinstance(mistake, UnicodeError)  # noqa: PT017


@pytest.mark.parametrize("label", ["Display name", "Xero Client ID", "Application URL", "Port", "Additional scopes"])
@pytest.mark.parametrize(
    "typed", [HUGE, "\ud800", "a\0b", "\x1b[31m", "\u202e"], ids=["huge", "half", "NUL", "escape", "bidi"]
)
def test_e3_impossible_texts_in_the_definition_are_refused_at_their_field(site: Site, label: str, typed: str) -> None:
    tab = site.tab()
    site.fill_definition(tab, "Head office")
    before, form = definitions(site)(), tab.dialog.form
    values = {one.field_id: tab.value(one.label) for one in input_fields(form)}
    field_id = tab.field(label).field_id
    saved = UserAct.model_construct(
        action_id=tab.dialog.primary.action_id, dialog_id=tab.dialog.dialog_id, values={**values, field_id: typed}
    )
    step = controller(site.host).act(ADMINISTRATOR, saved)
    assert isinstance(step, ShowDialog)
    told = {one.field_id: one.error for one in input_fields(step.dialog.form)}
    assert 0 < len(told[field_id]) <= 300
    assert typed not in told[field_id]
    assert definitions(site)() == before


def test_e3_a_pasted_text_of_10_mb_is_no_address_and_the_wait_goes_on(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.decide = site.ignore
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.press_authorize(tab)
        wait_id, field_id = tab.waiting.wait_id, tab.field("Address of that page").field_id
        (use,) = [one for one in flat(tab.waiting.form) if isinstance(one, ActionField)]
        for typed in (HUGE, f"http://localhost:{site.callback_port}/callback?code={HUGE}&state=x", "a\0b", "\ud800"):
            act = UserAct.model_construct(
                action_id=use.action_id, wait_id=wait_id, dialog_id=None, values={field_id: typed}
            )
            step = controller(site.host).act(ADMINISTRATOR, act)
            assert isinstance(step, Wait)
            assert all(len(one.error) <= 300 for one in input_fields(step.form))
        tab.press("Cancel")
        tab.continue_until()


def test_e3_an_id_that_only_looks_like_another_opens_nothing(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        for odd in (connection_id.upper(), f"{connection_id} ", f"{connection_id}\0", Disguised("x")):
            with pytest.raises(ConnectionNotFound):
                site.host.hooks.open_session(ConnectionId(odd))


def test_e3_settings_of_wrong_types_are_refused_by_name(tmp_path: Path) -> None:
    for name, value in {"key_file": 7, "sign_in_timeout": "soon", "database_url": 7, "token_url": ["x"]}.items():
        with Site(tmp_path) as site:
            host = site.make_host("host-b")
            host.settings = {**host.settings, name: value}  # type: ignore[dict-item] # that is the mistake
            (failure,) = host.start()
            assert failure.name == "xero-connections"
            assert name in failure.sentence
            host.stop()
