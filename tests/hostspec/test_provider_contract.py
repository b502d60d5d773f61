"""The suite for providers passes what keeps the rules, and names the rule that a provider breaks."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import pytest
from pydantic import SecretStr

from hostspec import (
    Action,
    ConnectionProblem,
    Fact,
    Form,
    RemovalChoice,
    SavedConnection,
    SecretField,
    TextField,
    Wait,
    hookimpl,
)
from hostspec.testing import ProviderContract
from hostspec.testing.contract_rules import ContractViolation, NotAnswered
from hostspec.testing.provider_rules import ProviderRule
from tests.canaries import canary
from tests.hostspec.notebook_type import NOTEBOOK, NotebookPlugin, Notebooks, pin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from hostspec import Connection, Draft, FieldValue

PIN = canary("pin of a notebook")


class NotebookContract(ProviderContract):
    type_id = NOTEBOOK
    opens = True
    provider: ClassVar[type[Notebooks]] = Notebooks
    changes: ClassVar[Mapping[str, object]] = {}

    def make_plugin(self) -> object:
        return NotebookPlugin(self.provider, **self.changes)

    def values(self) -> Mapping[str, FieldValue]:
        return {"shelf": "Oak, second from below", "pin": SecretStr(PIN)}


class TestNotebooks(NotebookContract):
    """Every rule holds for a provider that keeps them."""


class Broken(NamedTuple):
    """How to break one rule."""

    rule: ProviderRule
    check: str
    members: Mapping[str, Any]
    finding: str


def suite_of(members: Mapping[str, Any], **changes: object) -> NotebookContract:
    """The suite for a provider of which some members are broken, or a type that is not whole."""
    suite = NotebookContract()
    provider = type("BrokenNotebooks", (Notebooks,), dict(members))
    vars(suite).update(provider=provider, changes=changes)
    return suite


def fails(*_: object, **__: object) -> object:
    raise RuntimeError(PIN)


def refuses(*_: object, **__: object) -> object:
    raise ConnectionProblem("Not today.")


def only_here(answer: object) -> Callable[..., object]:
    """Answers in the main thread, and nowhere else."""

    def call(*_: object) -> object:
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("not here")
        return answer

    return call


def reaches_out(self: Notebooks, draft: Any) -> bool:
    with suppress(OSError), socket.socket() as reached:
        reached.settimeout(0.01)
        reached.connect(("127.0.0.1", 9))
    return Notebooks.unsaved(self, draft)


def looks_up(self: Notebooks, draft: Any, act: Any) -> None:
    with suppress(OSError):
        socket.getaddrinfo("shelf.invalid", 443)


def waits_for_another(self: Notebooks, draft: Any, act: Any) -> Wait:
    stop = Action(action_id="stop", label="Stop")
    return Wait(wait_id="another", title="Look", text="Looking.", seconds_left=9.0, seconds_total=9.0, cancel=stop)


def leaves_a_thread(self: Notebooks, draft: Any, act: Any) -> None:
    if act.action_id == "look":
        threading.Thread(target=ENDED.wait, args=(20.0,), daemon=True, name="left behind").start()


ENDED = threading.Event()
TWICE = Form(fields=(TextField(field_id="shelf", label="A"), TextField(field_id="shelf", label="B")))
COMPLAINS = Form(fields=(TextField(field_id="shelf", label="Shelf", error="Type something."),))
NOTHING_SHOWN = Form(fields=(TextField(field_id="shelf", label="Shelf"), SecretField(field_id="pin", label="PIN")))


def silent(self: Notebooks, draft: Any) -> Form:
    fields = Notebooks.form(self, draft).fields
    return Form(fields=tuple(one.model_copy(update={"on_change": None}) for one in fields[:2]))


def frail(self: Notebooks, draft: Any) -> Form:
    draft.values.get("shelf", "").strip()
    return Notebooks.form(self, draft)


def silent_about_what_is_kept(self: Notebooks, draft: Any) -> Form:
    fields = Notebooks.form(self, draft).fields
    pin = fields[1].model_copy(update={"stored": bool(pin_of(draft))})
    return Form(fields=(fields[0], pin, *fields[2:]))


def in_the_clear(self: Notebooks, draft: Any) -> SavedConnection:
    return SavedConnection(settings={"shelf": self.shelf(draft), "pin": pin_of(draft)})


def forgetful(self: Notebooks, draft: Any) -> SavedConnection:
    saved = Notebooks.save(self, draft)
    if draft.connection is None:
        return saved
    return saved.model_copy(update={"sealed": None})


def moody(self: Any, draft: Any) -> SavedConnection:
    self.saves = getattr(self, "saves", 0) + 1
    return Notebooks.save(self, draft).model_copy(update={"subtitle": str(self.saves)})


def eager(self: Notebooks, draft: Any) -> SavedConnection:
    return SavedConnection(settings={"shelf": self.shelf(draft)})


def trusting(self: Notebooks, settings: Any, **_: object) -> SavedConnection:
    return SavedConnection(settings={"shelf": str(settings.get("shelf", ""))})


def once(self: Any, *_: object) -> tuple[str, ...]:
    if getattr(self, "gone", False):
        raise KeyError("contract-entry")
    self.gone = True
    return ()


CASES = (
    Broken(ProviderRule.FORM_DRAWN, "a_form_is_drawn_for_a_new_draft", {"form": fails}, "It raised RuntimeError"),
    Broken(ProviderRule.FORM_DRAWN, "a_form_is_drawn_for_a_new_draft", {"form": lambda *_: TWICE}, "have the id shelf"),
    Broken(ProviderRule.FORM_DRAWN, "a_form_is_drawn_for_a_new_draft", {"form": lambda *_: None}, "NoneType"),
    Broken(ProviderRule.FORM_FRESH, "a_form_is_drawn_for_a_new_draft", {"form": lambda *_: COMPLAINS}, "Shelf"),
    Broken(ProviderRule.FORM_VALUES, "a_form_shows_what_was_typed", {"form": lambda *_: NOTHING_SHOWN}, "'shelf'"),
    Broken(
        ProviderRule.FORM_CHANGES,
        "what_makes_a_draft_complete_is_seen_while_it_is_typed",
        {"form": silent},
        "'shelf' has none",
    ),
    Broken(ProviderRule.FORM_STRANGE, "whatever_was_typed_is_drawn_again", {"form": frail}, "AttributeError"),
    Broken(ProviderRule.SAVE, "whatever_was_typed_is_drawn_again", {"save": fails}, "RuntimeError"),
    Broken(ProviderRule.SECRETS, "secrets_are_shown_nowhere", {"save": in_the_clear}, "in the clear"),
    Broken(
        ProviderRule.SECRETS,
        "secrets_are_shown_nowhere",
        {"consequences": lambda self, draft: (f"The PIN is {pin_of(draft)}.",)},
        "is shown",
    ),
    Broken(
        ProviderRule.OBSTACLES, "what_is_missing_is_named_before_it_is_saved", {"obstacles": lambda *_: ()}, "Nothing"
    ),
    Broken(
        ProviderRule.OBSTACLES,
        "what_is_missing_is_named_before_it_is_saved",
        {"obstacles": lambda *_: ("no sentence",)},
        "'no sentence'",
    ),
    Broken(ProviderRule.SAVE, "what_is_missing_is_named_before_it_is_saved", {"save": eager}, "was saved"),
    Broken(ProviderRule.SAVE, "a_complete_draft_is_saved_and_always_to_the_same", {"save": moody}, "something else"),
    Broken(ProviderRule.UNSAVED, "only_what_would_be_lost_is_unsaved", {"unsaved": lambda *_: True}, "yet"),
    Broken(ProviderRule.UNSAVED, "only_what_would_be_lost_is_unsaved", {"unsaved": lambda *_: False}, "lost"),
    Broken(ProviderRule.ACT, "every_button_of_the_form_answers", {"act": fails}, "'look' raised RuntimeError"),
    Broken(ProviderRule.ACT, "every_button_of_the_form_answers", {"act": lambda *_: "done"}, "no step"),
    Broken(ProviderRule.ACT_WAITS, "every_button_of_the_form_answers", {"act": waits_for_another}, "'another'"),
    Broken(ProviderRule.NETWORK, "every_button_of_the_form_answers", {"act": looks_up}, "network: shelf.invalid"),
    Broken(ProviderRule.ACT_UNKNOWN, "an_unknown_act_breaks_nothing", {"act": fails}, "raised RuntimeError"),
    Broken(ProviderRule.CLOSE, "any_draft_may_be_closed_and_twice", {"close": refuses}, "Not today."),
    Broken(
        ProviderRule.EDITED,
        "the_draft_of_a_kept_entry_begins_with_what_was_saved",
        {"shelf": lambda self, draft: str(draft.values.get("shelf", ""))},
        "'shelf' shows ''",
    ),
    Broken(
        ProviderRule.EDITED,
        "the_draft_of_a_kept_entry_begins_with_what_was_saved",
        {"save": forgetful},
        "changes what is sealed",
    ),
    Broken(
        ProviderRule.EDITED,
        "the_draft_of_a_kept_entry_begins_with_what_was_saved",
        {"form": silent_about_what_is_kept},
        "PIN does not say",
    ),
    Broken(ProviderRule.NETWORK, "drawing_saving_and_listing_use_no_network", {"unsaved": reaches_out}, "network"),
    Broken(ProviderRule.SUMMARY, "every_entry_is_summed_up", {"summary": lambda *_: {}}, "1000 of 1000"),
    Broken(ProviderRule.SUMMARY, "every_entry_is_summed_up", {"summary_of": lambda *_: "fine"}, "str instead"),
    Broken(ProviderRule.SUMMARY_DAMAGED, "a_damaged_entry_is_summed_up_too", {"summary_of": fails}, "RuntimeError"),
    Broken(ProviderRule.DETAILS, "details_are_facts", {"details": lambda *_: (Fact(label="A", text=""),)}, "'A'"),
    Broken(
        ProviderRule.REMOVAL,
        "what_may_be_done_at_the_other_side_is_explained",
        {"removal_choices": lambda *_: (RemovalChoice(choice_id="a", label="A", hint=""),)},
        "no hint",
    ),
    Broken(ProviderRule.FORGET, "an_entry_is_forgotten_and_twice", {"forget": once}, "forget raised KeyError"),
    Broken(ProviderRule.OPEN, "a_session_is_opened_or_refused_with_a_sentence", {"open": lambda *_: 1}, "int"),
    Broken(ProviderRule.OPEN, "a_session_is_opened_or_refused_with_a_sentence", {"open": refuses}, "Not today."),
    Broken(
        ProviderRule.OPEN_REFUSED, "a_session_is_opened_or_refused_with_a_sentence", {"open": fails}, "RuntimeError"
    ),
    Broken(ProviderRule.THREADS, "any_thread_may_call", {"form": only_here(NOTHING_SHOWN)}, "in another thread"),
    Broken(ProviderRule.TESTABLE, "a_test_says_what_it_found", {"test": fails}, "test raised RuntimeError"),
    Broken(
        ProviderRule.COPYABLE,
        "a_copy_begins_with_values_of_the_form",
        {"copied_values": lambda *_: {"x": ""}},
        "field x",
    ),
    Broken(
        ProviderRule.COPYABLE,
        "a_copy_begins_with_values_of_the_form",
        {"copied_values": lambda *_: {"pin": SecretStr(PIN)}},
        "secret of pin",
    ),
    Broken(ProviderRule.PORTABLE, "settings_travel_and_come_back", {"portable": lambda *_: {"shelf": "X", "y": 1}}, ""),
    Broken(ProviderRule.PORTABLE_REFUSED, "settings_travel_and_come_back", {"from_portable": trusting}, "were taken"),
)


class LockedNotebooks(Notebooks):
    """A second secret is always there and need not be given, and a field comes and goes with another."""

    def form(self, draft: Draft) -> Form:
        fields = super().form(draft).fields
        lock = SecretField(field_id="lock", label="Word for the lock", on_change="typed")
        where = (TextField(field_id="row", label="Row"),) if self.shelf(draft) else ()
        return Form(fields=(*fields, lock, *where))

    def copied_values(self, connection: Connection) -> Mapping[str, FieldValue]:
        return {**super().copied_values(connection), "row": ""}


@pytest.mark.parametrize(
    "name", ["the_draft_of_a_kept_entry_begins_with_what_was_saved", "a_copy_begins_with_values_of_the_form"]
)
def test_fields_that_an_entry_does_not_need_are_no_mistake(tmp_path: Path, name: str) -> None:
    suite = NotebookContract()
    vars(suite).update(provider=LockedNotebooks)
    getattr(suite, f"test_{name}")(tmp_path)


def check(rule: ProviderRule, name: str, suite: ProviderContract, folder: Path) -> str:
    """What the suite says about the subject; it names the rule and its page."""
    with pytest.raises(ContractViolation) as caught:
        getattr(suite, f"test_{name}")(folder)
    text = str(caught.value)
    assert caught.value.rule is rule.value
    assert text.startswith(f"{rule.value.about}: ")
    assert text.endswith(f"{rule.value.says} See {rule.value.page}")
    assert PIN not in text
    return text


@pytest.mark.parametrize("broken", CASES, ids=lambda one: f"{one.rule.name}-{next(iter(one.members))}")
def test_a_provider_that_breaks_a_rule_is_told_which(tmp_path: Path, broken: Broken) -> None:
    assert broken.finding in check(broken.rule, broken.check, suite_of(broken.members), tmp_path)


def test_a_thread_that_outlives_the_host_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hostspec.testing.contract_rules.PATIENCE", 0.05)
    suite = suite_of({"act": leaves_a_thread})
    try:
        said = check(ProviderRule.ENDS, "nothing_runs_once_the_host_has_stopped", suite, tmp_path)
    finally:
        ENDED.set()
    assert "left behind" in said


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"label": " "}, "no label"),
        ({"type_id": "another"}, "There are another."),
        ({"provider": object()}, "has no method form, act, unsaved, "),
        ({"add": None}, "how one is added"),
    ],
)
def test_a_type_that_is_not_whole_is_told_what_is_missing(
    tmp_path: Path, changes: dict[str, object], finding: str
) -> None:
    name = "the_type_is_contributed_with_all_that_it_needs"
    said = check(ProviderRule.CONTRIBUTED, name, suite_of({}, **changes), tmp_path)
    assert finding in said


class Misspelt:
    @hookimpl
    def capture_conection_types(self) -> list[object]:
        return []


class Unmarked:
    def capture_connection_types(self) -> list[object]:
        return []


class Careless:
    @hookimpl
    def capture_connection_types(self) -> list[object]:
        raise RuntimeError(PIN)


@pytest.mark.parametrize(
    ("plugin", "finding"),
    [
        (Misspelt(), "does not fit the specifications: unknown hook 'capture_conection_types'."),
        (Unmarked(), "No hook of it answers; is @hookimpl there?"),
        (Careless(), f"failed in capture_connection_types: RuntimeError in {__file__}, line "),
    ],
)
def test_a_plugin_that_contributes_nothing_is_told_why(tmp_path: Path, plugin: object, finding: str) -> None:
    class Suite(NotebookContract):
        def make_plugin(self) -> object:
            return plugin

    name = "the_type_is_contributed_with_all_that_it_needs"
    assert finding in check(ProviderRule.CONTRIBUTED, name, Suite(), tmp_path)


def test_each_rule_is_broken_by_some_case() -> None:
    elsewhere = {ProviderRule.CONTRIBUTED, ProviderRule.ENDS}
    assert {case.rule for case in CASES} | elsewhere == set(ProviderRule)


def test_an_author_is_told_what_to_write_first(tmp_path: Path) -> None:
    with pytest.raises(NotAnswered, match=r"Empty\.type_id has to be the id"):
        type("Empty", (ProviderContract,), {})().test_any_thread_may_call(tmp_path)
    with pytest.raises(NotAnswered, match=r"Empty\.make_plugin has to return the plugin"):
        type("Empty", (ProviderContract,), {"type_id": "x"})().test_any_thread_may_call(tmp_path)


def test_a_secret_that_is_too_short_to_be_recognized_is_refused(tmp_path: Path) -> None:
    suite = type("Short", (NotebookContract,), {"values": lambda self: {"shelf": "Oak", "pin": SecretStr("1234")}})()
    with pytest.raises(NotAnswered, match="fewer than 8 characters"):
        suite.test_secrets_are_shown_nowhere(tmp_path)
