"""The contract suite for authors of connection types: what a provider promises about definitions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import SecretStr

from hostspec.errors import CaptureError
from hostspec.forms import ActionField, ChoiceField, Form, SecretField
from hostspec.hosting.form_values import Input, fields_of, first_values
from hostspec.providers import AddAct, ConnectionProvider, SavedConnection
from hostspec.testing.contract_rules import (
    answer_of,
    in_other_threads,
    require,
    require_no_more_threads,
    require_sentences,
    require_step,
    result_of,
    threads_now,
    without_network,
)
from hostspec.testing.provider_entries import ProviderEntries
from hostspec.testing.provider_rules import ProviderRule
from hostspec.ui import UserAct, Wait

if TYPE_CHECKING:
    from pathlib import Path

    from hostspec.forms import FieldValue
    from hostspec.providers import Draft

_STRANGE: tuple[FieldValue, ...] = ("\u202e<b>&\x00'\"", "x" * 5000, -1, 10**17, True, ("a", ""), None)
_METHODS = tuple(name for name in vars(ConnectionProvider) if not name.startswith("_"))
_UNKNOWN_ACT = "an-act-that-nobody-knows"


class ProviderContract(ProviderEntries):
    """What a connection type promises; inherit it in a class named ``Test…``, and pytest runs every rule.

    Say ``make_plugin``, ``type_id`` and ``values``; override ``complete`` where typing is not enough, and ``make_host``
    where the plugin needs settings. Each failure names the method, the rule and the page of the documentation.

    Example::

        class TestMailbox(ProviderContract):
            type_id = "mailbox"

            def make_plugin(self):
                return MailPlugin()

            def values(self):
                return {"host": "mail.example.com", "user": "ada", "password": SecretStr("a long password")}
    """

    def test_the_type_is_contributed_with_all_that_it_needs(self, tmp_path: Path) -> None:
        rule = ProviderRule.CONTRIBUTED.value
        with self.provided(tmp_path) as (kind, _):
            require(kind.label.strip(), rule, "The type has no label.")
            missing = [name for name in _METHODS if not callable(getattr(kind.provider, name, None))]
            require(not missing, rule, f"The provider has no {', '.join(missing)}.")
            add: object = kind.add
            says_how = isinstance(add, AddAct) and add.tab_id and add.act.action_id
            require(says_how, rule, "The type does not say how one is added.")

    def test_a_form_is_drawn_for_a_new_draft(self, tmp_path: Path) -> None:
        with self.provided(tmp_path) as (kind, draft):
            form = self.drawn(kind.provider, draft)
            wrong = [one.label for one in fields_of(form) if isinstance(one, Input) and one.error]
            require(not wrong, ProviderRule.FORM_FRESH.value, f"A new draft complains about {', '.join(wrong)}.")

    def test_a_form_shows_what_was_typed(self, tmp_path: Path) -> None:
        with self.provided(tmp_path) as (kind, draft):
            typed = self.typed(kind.provider, draft)
            shown = first_values(self.drawn(kind.provider, typed))
            for field_id, value in self.values().items():
                if isinstance(value, SecretStr):
                    continue
                rule = ProviderRule.FORM_VALUES.value
                require(field_id in shown, rule, f"There is no field {field_id!r} in the form.")
                require(shown[field_id] == value, rule, f"The field {field_id!r} shows {shown[field_id]!r}.")

    def test_what_makes_a_draft_complete_is_seen_while_it_is_typed(self, tmp_path: Path) -> None:
        rule = ProviderRule.FORM_CHANGES.value
        with self.provided(tmp_path) as (kind, draft):
            empty = first_values(self.drawn(kind.provider, draft))
            typed = self.typed(kind.provider, draft)
            changes = {
                one.field_id: one.on_change for one in fields_of(kind.provider.form(typed)) if isinstance(one, Input)
            }
            for field_id in self.values():
                without = typed.model_copy(update={"values": {**typed.values, field_id: empty.get(field_id)}})
                matters = kind.provider.obstacles(without) != kind.provider.obstacles(typed)
                silent = matters and changes.get(field_id) is None
                require(not silent, rule, f"The field {field_id!r} has none, although it is needed before Save.")

    def test_whatever_was_typed_is_drawn_again(self, tmp_path: Path) -> None:
        rule = ProviderRule.FORM_STRANGE.value
        with self.provided(tmp_path) as (kind, draft):
            fields = first_values(self.drawn(kind.provider, draft))
            for strange in _STRANGE:
                odd = draft.model_copy(update={"values": {**dict.fromkeys(fields, strange), "no-such-field": strange}})
                fields_hold = f"of fields that hold {_short(strange)}"
                form = result_of(rule, f"A form {fields_hold}", kind.provider.form, odd)
                self.require_form(form, rule)
                obstacles = result_of(rule, f"obstacles {fields_hold}", kind.provider.obstacles, odd)
                require_sentences(obstacles, ProviderRule.OBSTACLES.value, f"obstacles {fields_hold}")
                answer_of(ProviderRule.SAVE.value, f"save {fields_hold}", kind.provider.save, odd)

    def test_secrets_are_shown_nowhere(self, tmp_path: Path) -> None:
        with self.provided(tmp_path) as (kind, draft):
            complete = self.completed(kind.provider, draft)
            secrets = self.secrets(kind.provider, complete)
            shown = [self.drawn(kind.provider, complete).model_dump_json()]
            shown += [*kind.provider.obstacles(complete), *kind.provider.consequences(complete)]
            saved = result_of(ProviderRule.SAVE.value, "save", kind.provider.save, complete)
            shown.append(saved.model_dump_json())
            shown += self.shown_of_entry(kind.provider, self.entry(saved))
            for text in shown:
                found = any(secret in text for secret in secrets)
                require(not found, ProviderRule.SECRETS.value, "A secret that was typed is shown or kept in the clear.")

    def test_what_is_missing_is_named_before_it_is_saved(self, tmp_path: Path) -> None:
        rule = ProviderRule.OBSTACLES.value
        with self.provided(tmp_path) as (kind, draft):
            self.drawn(kind.provider, draft)
            obstacles = require_sentences(result_of(rule, "obstacles", kind.provider.obstacles, draft), rule, "It")
            if not self.complete_from_the_start:
                require(obstacles, rule, "Nothing is named for a draft in which nothing was typed.")
                unready = answer_of(ProviderRule.SAVE.value, "save of an empty draft", kind.provider.save, draft)
                refused = isinstance(unready, CaptureError)
                require(refused, ProviderRule.SAVE.value, "A draft in which nothing was typed was saved.")
            complete = self.completed(kind.provider, draft)
            left = result_of(rule, "obstacles", kind.provider.obstacles, complete)
            require(not left, rule, f"A complete draft is refused: {' '.join(map(str, left))}")

    def test_a_complete_draft_is_saved_and_always_to_the_same(self, tmp_path: Path) -> None:
        rule = ProviderRule.SAVE.value
        with self.provided(tmp_path) as (kind, draft):
            complete = self.completed(kind.provider, draft)
            saved = result_of(rule, "save", kind.provider.save, complete)
            require(isinstance(saved, SavedConnection), rule, f"It answered {type(saved).__name__}.")
            again = result_of(rule, "a second save", kind.provider.save, complete)
            require(again == saved, rule, "A second save of the same draft answered something else.")
            require(json.loads(json.dumps(saved.settings)) == saved.settings, rule, "The settings are no JSON.")

    def test_only_what_would_be_lost_is_unsaved(self, tmp_path: Path) -> None:
        rule = ProviderRule.UNSAVED.value
        with self.provided(tmp_path) as (kind, draft):
            self.drawn(kind.provider, draft)
            untouched = draft.model_copy(update={"values": first_values(kind.provider.form(draft))})
            for one, holds in ((draft, "nothing"), (untouched, "only what the form shows at first")):
                told = f"It answers yes to a new draft that holds {holds}: nobody typed anything yet."
                require(not result_of(rule, "unsaved", kind.provider.unsaved, one), rule, told)
            typed = self.typed(kind.provider, draft)
            require(result_of(rule, "unsaved", kind.provider.unsaved, typed), rule, "Typed values would be lost.")

    def test_every_button_of_the_form_answers(self, tmp_path: Path) -> None:
        rule = ProviderRule.ACT.value
        with self.provided(tmp_path) as (kind, draft):
            for start in (draft, self.typed(kind.provider, draft)):
                for action_id in _acts_of(self.drawn(kind.provider, start)):
                    act = UserAct(action_id=action_id, dialog_id=start.draft_id, values=start.values)
                    what = f"The act {action_id!r}"
                    with without_network(ProviderRule.NETWORK.value, what):
                        step = answer_of(rule, what, kind.provider.act, start, act)
                    if step is not None and not isinstance(step, CaptureError):
                        require_step(step, rule, what)
                    if isinstance(step, Wait):
                        told = f"{what} answered a Wait with the wait_id {step.wait_id!r}, and the draft is another."
                        require(step.wait_id == start.draft_id, ProviderRule.ACT_WAITS.value, told)
                kind.provider.close(start.draft_id)

    def test_an_unknown_act_breaks_nothing(self, tmp_path: Path) -> None:
        rule = ProviderRule.ACT_UNKNOWN.value
        with self.provided(tmp_path) as (kind, draft):
            for act in (
                UserAct(action_id=_UNKNOWN_ACT, dialog_id=draft.draft_id),
                UserAct(action_id=_UNKNOWN_ACT, row_id="no-such-row", values={"no-such-field": "x"}),
                UserAct(action_id="continue", wait_id="no-such-wait"),
            ):
                step = answer_of(rule, f"The act {act.action_id!r}", kind.provider.act, draft, act)
                if step is not None and not isinstance(step, CaptureError):
                    require_step(step, rule, f"The act {act.action_id!r}")

    def test_any_draft_may_be_closed_and_twice(self, tmp_path: Path) -> None:
        with self.provided(tmp_path) as (kind, draft):
            complete = self.completed(kind.provider, draft)
            for draft_id in (complete.draft_id, complete.draft_id, "a-draft-that-nobody-knows"):
                result_of(ProviderRule.CLOSE.value, "close", kind.provider.close, draft_id)

    def test_the_draft_of_a_kept_entry_begins_with_what_was_saved(self, tmp_path: Path) -> None:
        rule = ProviderRule.EDITED.value
        with self.provided(tmp_path) as (kind, draft):
            complete = self.completed(kind.provider, draft)
            saved = kind.provider.save(complete)
            kind.provider.close(complete.draft_id)
            edited = draft.model_copy(update={"draft_id": "contract-edit", "connection": self.entry(saved)})
            form = self.require_form(result_of(rule, "form", kind.provider.form, edited), rule)
            shown = first_values(form)
            # Options may be named anew each time, so of a choice it only counts that there is one.
            choices = {one.field_id for one in fields_of(form) if isinstance(one, ChoiceField) and one.value}
            for field_id, value in complete.values.items():
                if not isinstance(value, SecretStr) and field_id in shown and field_id not in choices:
                    found = shown[field_id]
                    require(found == value, rule, f"The field {field_id!r} shows {found!r}, not what was saved.")
            # A field that is always there may be empty for this entry, such as the password of a sign-in by key.
            kept = {name for name, value in complete.values.items() if isinstance(value, SecretStr) and value}
            secret_fields = [one for one in fields_of(form) if isinstance(one, SecretField) and one.field_id in kept]
            unmarked = [one.label for one in secret_fields if not one.stored]
            require(not unmarked, rule, f"{', '.join(unmarked)} does not say that a value is stored.")
            for what, draw in (("untouched", edited), ("drawn", edited.model_copy(update={"values": shown}))):
                require(
                    not kind.provider.unsaved(draw), rule, f"The {what} draft of a kept entry has something unsaved."
                )
                obstacles = " ".join(kind.provider.obstacles(draw))
                require(not obstacles, rule, f"The {what} draft of a kept entry cannot be saved: {obstacles}")
            opened = edited.model_copy(update={"connection": self.entry(saved, opened=True), "values": shown})
            again = result_of(rule, "save", kind.provider.save, opened)
            require(again.settings == saved.settings, rule, "Saving without a change changes the settings.")
            require(again.sealed == saved.sealed, rule, "Saving without a change changes what is sealed.")

    def test_drawing_saving_and_listing_use_no_network(self, tmp_path: Path) -> None:
        rule = ProviderRule.NETWORK.value
        with self.provided(tmp_path) as (kind, draft):
            complete = self.completed(kind.provider, draft)
            with without_network(rule, "form, obstacles, consequences, unsaved or save"):
                kind.provider.form(complete)
                kind.provider.obstacles(complete)
                kind.provider.consequences(complete)
                kind.provider.unsaved(complete)
                kept = self.entry(kind.provider.save(complete))
            with without_network(rule, "summary, details or removal_choices"):
                kind.provider.summary([kept])
                kind.provider.details(kept)
                kind.provider.removal_choices(kept)

    def test_any_thread_may_call(self, tmp_path: Path) -> None:
        rule = ProviderRule.THREADS.value
        with self.provided(tmp_path) as (kind, draft):
            complete = self.completed(kind.provider, draft)
            kept = self.entry(kind.provider.save(complete))
            forms = in_other_threads(rule, "form", kind.provider.form, complete)
            require(all(form == forms[0] for form in forms), rule, "Several threads got different forms.")
            found = in_other_threads(rule, "summary", kind.provider.summary, [kept])
            require(all(one == found[0] for one in found), rule, "Several threads got different summaries.")

    def test_nothing_runs_once_the_host_has_stopped(self, tmp_path: Path) -> None:
        before = threads_now()
        with self.provided(tmp_path) as (kind, draft):
            typed = self.typed(kind.provider, draft)
            for action_id in _acts_of(self.drawn(kind.provider, typed)):
                act = UserAct(action_id=action_id, dialog_id=typed.draft_id, values=typed.values)
                answer_of(ProviderRule.ACT.value, f"The act {action_id!r}", kind.provider.act, typed, act)
            kind.provider.close(typed.draft_id)
        require_no_more_threads(before, ProviderRule.ENDS.value, "It")

    def drawn(self, provider: ConnectionProvider, draft: Draft) -> Form:
        """The form of a draft, once it is known to be whole."""
        __tracebackhide__ = True
        rule = ProviderRule.FORM_DRAWN.value
        return self.require_form(result_of(rule, "It", provider.form, draft), rule)


def _acts_of(form: Form) -> list[str]:
    """What a person can press in a form, and what it sends by itself while somebody types."""
    buttons = [one.action_id for one in fields_of(form) if isinstance(one, ActionField) and not one.disabled_reason]
    changes = [one.on_change for one in fields_of(form) if isinstance(one, Input) and one.on_change is not None]
    return list(dict.fromkeys([*buttons, *changes]))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 30 else f"{text[:20]}…"
