"""What a plugin promises about the answers of its collecting hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.connections import ChoiceQuery
from hostspec.providers import ConnectionProvider
from hostspec.testing.contract_rules import require, require_sentences
from hostspec.testing.plugin_rules import PluginRule
from hostspec.testing.plugin_subject import PluginSubject, answered
from hostspec.usages import CONNECTION_KIND, Subject, UsageSwitch
from hostspec.value import ConnectionId, TypeId, UserId

if TYPE_CHECKING:
    from pathlib import Path

_NOBODYS = Subject(kind=CONNECTION_KIND, subject_id="contract-unknown", label="Nobody's")
_OTHER = Subject(kind=CONNECTION_KIND, subject_id="contract-other", label="Nobody's either")
_STRANGE = Subject(kind="contract-kind", subject_id="contract-unknown", label="Of another kind")
_METHODS = tuple(name for name in vars(ConnectionProvider) if not name.startswith("_"))


class PluginAnswers(PluginSubject):
    """The rules about what plugins answer when they are asked."""

    def test_tabs_are_whole(self, tmp_path: Path) -> None:
        rule = PluginRule.TABS.value
        with self.hosted(tmp_path) as host:
            for tab in answered(rule, host.hooks.tabs):
                require(tab.tab_id.strip() and tab.title.strip(), rule, "A tab has no id or no title.")

    def test_types_are_whole(self, tmp_path: Path) -> None:
        rule = PluginRule.TYPES.value
        with self.hosted(tmp_path) as host:
            for kind in answered(rule, host.hooks.connection_types):
                require(kind.type_id.strip() and kind.label.strip(), rule, "A type has no id or no label.")
                missing = [name for name in _METHODS if not callable(getattr(kind.provider, name, None))]
                require(not missing, rule, f'The provider of "{kind.label}" has no {", ".join(missing)}.')

    def test_choices_are_what_was_asked_for(self, tmp_path: Path) -> None:
        rule = PluginRule.CHOICES.value
        with self.hosted(tmp_path) as host:

            def ask(query: ChoiceQuery) -> list[str]:
                # The plugin's own answer, before the host leaves out what was not asked for.
                parts = host.manager.hook.capture_connection_choices(query=query)
                answered(rule, host.hooks.connection_choices, query)
                return [choice.connection_id for part in parts for choice in part]

            every = ask(ChoiceQuery(limit=10_000))
            require(len(ask(ChoiceQuery(limit=1))) <= 1, rule, "More than one choice, although one was asked for.")
            strangers = ask(ChoiceQuery(type_ids=(TypeId("contract-type"),)))
            require(not strangers, rule, "Choices of a type that was not asked for.")
            unknown = ask(ChoiceQuery(selected_id=ConnectionId("contract-unknown")))
            require("contract-unknown" not in unknown, rule, "It answered for a connection of nobody.")
            for connection_id in every[-3:]:
                query = ChoiceQuery(selected_id=ConnectionId(connection_id), search="\u202eno such name", limit=1)
                require(connection_id in ask(query), rule, "The selected connection is missing.")

    def test_usages_are_of_the_subject_asked_about(self, tmp_path: Path) -> None:
        rule = PluginRule.USAGES.value
        with self.hosted(tmp_path) as host:
            for subject in (_NOBODYS, _STRANGE, Subject(kind=CONNECTION_KIND, subject_id="")):
                for usage in answered(rule, host.hooks.usages, subject):
                    fits = subject.covers(usage.subject)
                    require(fits, rule, f"Asked about {subject.label!r}, it answered for {usage.subject.label!r}.")

    def test_a_switch_of_others_is_left_to_them(self, tmp_path: Path) -> None:
        rule = PluginRule.SWITCH.value
        with self.hosted(tmp_path) as host:
            for dry_run in (True, False):
                switch = _switch(_NOBODYS, _OTHER, dry_run=dry_run)
                results = answered(rule, host.hooks.switch_usages, switch)
                moved = [result.usage_id for result in results if result.switched]
                require(not moved, rule, f"It says that it moved {', '.join(moved)}, which is nobody's.")

    def test_targets_are_other_subjects_of_the_same_kind(self, tmp_path: Path) -> None:
        rule = PluginRule.TARGETS.value
        with self.hosted(tmp_path) as host:
            own = [
                Subject(kind=CONNECTION_KIND, subject_id=choice.connection_id)
                for choice in answered(rule, host.hooks.connection_choices, ChoiceQuery())
            ]
            for subject in (_NOBODYS, _STRANGE, *own[:3]):
                for target in answered(rule, host.hooks.subject_targets, subject):
                    other = target.kind == subject.kind and target.subject_id != subject.subject_id
                    require(other, rule, f"{target.label!r} is no other subject of the same kind.")

    def test_objections_are_sentences(self, tmp_path: Path) -> None:
        rule = PluginRule.OBJECTIONS.value
        with self.hosted(tmp_path) as host:
            for switch in (_switch(_NOBODYS, _OTHER), _switch(_STRANGE, _STRANGE)):
                for objection in answered(rule, host.hooks.switch_objections, switch):
                    require_sentences((objection.text,), rule, "It")


def _switch(subject: Subject, target: Subject, *, dry_run: bool = True) -> UsageSwitch:
    return UsageSwitch(
        subject=subject,
        target=target,
        usage_ids=("contract/usage",),
        user_id=UserId("carol"),
        user_name="Carol",
        dry_run=dry_run,
    )
