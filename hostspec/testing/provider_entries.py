"""What a provider promises about entries that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from hostspec.connections import ConnectionStatus, Session
from hostspec.errors import CaptureError, ConnectionProblem
from hostspec.hosting.form_values import first_values
from hostspec.provider_skills import Copyable, Portable, Testable
from hostspec.providers import ConnectionSummary, ConnectionTest
from hostspec.testing.contract_rules import (
    answer_of,
    breach,
    require,
    require_sentences,
    result_of,
)
from hostspec.testing.provider_rules import ProviderRule
from hostspec.testing.provider_subject import ProviderSubject

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import JsonValue

    from hostspec.testing.contract_rules import Rule

_MANY: Final = 1000


class ProviderEntries(ProviderSubject):
    """The rules about entries that are kept: lists, details, sessions, removal, and the skills that a provider has."""

    def test_every_entry_is_summed_up(self, tmp_path: Path) -> None:
        rule = ProviderRule.SUMMARY.value
        with self.provided(tmp_path) as (kind, draft):
            saved = kind.provider.save(self.completed(kind.provider, draft))
            nothing = result_of(rule, "A summary of no entries", kind.provider.summary, [])
            require(not nothing, rule, "A summary of no entries is not empty.")
            entries = [self.entry(saved, f"contract-{number}") for number in range(_MANY)]
            found = result_of(rule, f"A summary of {_MANY} entries", kind.provider.summary, entries)
            missing = [one.connection_id for one in entries if one.connection_id not in found]
            require(not missing, rule, f"{len(missing)} of {_MANY} entries are missing.")
            _require_summary(found[entries[0].connection_id], rule)

    def test_a_damaged_entry_is_summed_up_too(self, tmp_path: Path) -> None:
        rule = ProviderRule.SUMMARY_DAMAGED.value
        with self.provided(tmp_path) as (kind, draft):
            good = kind.provider.save(self.completed(kind.provider, draft))
            whole = self.entry(good, "contract-whole")
            for damaged in self.damaged(good):
                found = result_of(rule, "A list with a damaged entry", kind.provider.summary, [damaged, whole])
                require(damaged.connection_id in found, rule, "The damaged entry is missing.")
                require(whole.connection_id in found, rule, "The entry beside the damaged one is missing.")
                _require_summary(found[damaged.connection_id], rule)

    def test_details_are_facts(self, tmp_path: Path) -> None:
        rule = ProviderRule.DETAILS.value
        with self.provided(tmp_path) as (kind, draft):
            saved = kind.provider.save(self.completed(kind.provider, draft))
            for fact in result_of(rule, "details", kind.provider.details, self.entry(saved)):
                require(fact.label.strip() and fact.text.strip(), rule, f"The fact {fact.label!r} says nothing.")
            for damaged in self.damaged(saved):
                answer_of(rule, "details of a damaged entry", kind.provider.details, damaged)

    def test_what_may_be_done_at_the_other_side_is_explained(self, tmp_path: Path) -> None:
        rule = ProviderRule.REMOVAL.value
        with self.provided(tmp_path) as (kind, draft):
            saved = kind.provider.save(self.completed(kind.provider, draft))
            choices = result_of(rule, "removal_choices", kind.provider.removal_choices, self.entry(saved))
            ids = [choice.choice_id for choice in choices]
            require(len(set(ids)) == len(ids), rule, "Two choices have the same id.")
            for choice in choices:
                require(choice.label.strip() and choice.hint.strip(), rule, "A choice has no label or no hint.")

    def test_an_entry_is_forgotten_and_twice(self, tmp_path: Path) -> None:
        rule = ProviderRule.FORGET.value
        with self.provided(tmp_path) as (kind, draft):
            kept = self.entry(kind.provider.save(self.completed(kind.provider, draft)))
            for choices in (frozenset[str](), frozenset({"a-choice-that-nobody-knows"})):
                remarks = result_of(rule, "forget", kind.provider.forget, kept, choices)
                require_sentences(remarks, rule, "It")
            for damaged in self.damaged(kept.saved):
                result_of(rule, "forget of a damaged entry", kind.provider.forget, damaged, frozenset())

    def test_a_session_is_opened_or_refused_with_a_sentence(self, tmp_path: Path) -> None:
        with self.provided(tmp_path) as (kind, draft):
            saved = kind.provider.save(self.completed(kind.provider, draft))
            entry = self.entry(saved, opened=True)
            rule, refused = ProviderRule.OPEN.value, ProviderRule.OPEN_REFUSED.value
            session = answer_of(refused, "open", kind.provider.open, entry)
            if isinstance(session, CaptureError):
                require(not self.opens, rule, f"It was not opened: {session}")
                require_sentences((str(session),), refused, "open")
            else:
                require(isinstance(session, Session), rule, f"It answered {type(session).__name__}, which is none.")
                named = (session.connection.connection_id, session.connection.type_id, session.connection.display_name)
                expected = (entry.connection_id, entry.type_id, entry.display_name)
                require(named == expected, rule, "The session names another entry than the one it was opened through.")
                with session as entered:
                    require(entered is session, rule, "Entering the session answers something else.")
                for _ in range(2):
                    result_of(rule, "close", session.close)
            for damaged in self.damaged(saved):
                answer = answer_of(refused, "open of a damaged entry", kind.provider.open, damaged)
                told = f"An entry with the settings {damaged.saved.settings} was opened."
                require(isinstance(answer, CaptureError), refused, told)

    def test_a_test_says_what_it_found(self, tmp_path: Path) -> None:
        rule = ProviderRule.TESTABLE.value
        with self.provided(tmp_path) as (kind, draft):
            saved = kind.provider.save(self.completed(kind.provider, draft))
            for entry in (self.entry(saved, opened=True), *self.damaged(saved)):
                provider = kind.provider
                if not isinstance(provider, Testable):
                    return
                tested = answer_of(rule, "test", provider.test, entry)
                if isinstance(tested, CaptureError):
                    continue
                require(isinstance(tested, ConnectionTest), rule, f"It answered {type(tested).__name__}.")
                require_sentences((tested.text,), rule, "test")

    def test_a_copy_begins_with_values_of_the_form(self, tmp_path: Path) -> None:
        rule = ProviderRule.COPYABLE.value
        with self.provided(tmp_path) as (kind, draft):
            provider = kind.provider
            complete = self.completed(provider, draft)
            kept = self.entry(provider.save(complete))
            if not isinstance(provider, Copyable):
                return
            values = result_of(rule, "copied_values", provider.copied_values, kept)
            # Which fields there are may depend on what stands in the others.
            begun = draft.model_copy(update={"draft_id": "contract-copy", "values": dict(values)})
            form = self.require_form(result_of(rule, "A form with the values of a copy", provider.form, begun), rule)
            strange = sorted(set(values) - set(first_values(form)))
            provider.close(begun.draft_id)
            require(not strange, rule, f"The form has no field {', '.join(strange)}.")
            held = [name for name, value in values.items() if isinstance(value, SecretStr) and value.get_secret_value()]
            require(not held, rule, f"The copy holds the secret of {', '.join(held)}.")

    def test_settings_travel_and_come_back(self, tmp_path: Path) -> None:
        with self.provided(tmp_path) as (kind, draft):
            provider, rule = kind.provider, ProviderRule.PORTABLE.value
            kept = self.entry(provider.save(self.completed(provider, draft)))
            if not isinstance(provider, Portable):
                return
            written = dict(result_of(rule, "portable", provider.portable, kept))
            read = result_of(rule, "from_portable", provider.from_portable, written, connection=kept)
            again = dict(provider.portable(self.entry(read)))
            require(again == written, rule, "What was read differs from what was written down.")
            refused = ProviderRule.PORTABLE_REFUSED.value
            strangers: tuple[dict[str, JsonValue], ...] = (
                {"no-such-setting": 1},
                {name: ["strange"] for name in written},
            )
            for strange in strangers:
                answer = answer_of(refused, "from_portable", provider.from_portable, strange)
                right = isinstance(answer, ConnectionProblem)
                require(right, refused, f"Settings {sorted(strange)} that mean nothing were taken.")


def _require_summary(summary: object, rule: Rule) -> None:
    __tracebackhide__ = True
    if not isinstance(summary, ConnectionSummary):
        breach(rule, f"It answered {type(summary).__name__} instead of a ConnectionSummary.")
    require(summary.status_text.strip(), rule, "The status has no words.")
    fine = {ConnectionStatus.READY, ConnectionStatus.UNTESTED, ConnectionStatus.EXPIRING, ConnectionStatus.SIGNING_IN}
    if summary.status not in fine:
        require(summary.cause.strip(), rule, f"The status {summary.status_text!r} has no cause.")
