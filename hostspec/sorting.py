"""How the answers to collecting hooks are told apart and in which order people see them.

Each function takes an answer and returns its identity (``None`` where an answer has none) and its sort key: a number,
then texts. What the type system cannot promise about a plugin's answer is checked here too.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Final

from hostspec.connections import ConnectionChoice
from hostspec.providers import ConnectionProvider, ConnectionType
from hostspec.ui import Tab
from hostspec.usages import FailedBatch, Severity, Subject, SwitchObjection, Usage

SortKey = tuple[int | str, ...]
Described = tuple[Hashable, SortKey]

_CONTROLLER: Final = ("view", "act")
_PROVIDER: Final = tuple(name for name in vars(ConnectionProvider) if not name.startswith("_"))


class ContractBroken(Exception):
    """A plugin answered something that the hook does not allow. The text is ours and may be logged."""


def of_tab(tab: Tab) -> Described:
    """By order, then title.

    Raises:
        ContractBroken: The tab's controller cannot view or act, or the badge is no text.
    """
    if lacking := _lacking(tab.controller, _CONTROLLER):
        raise ContractBroken(f"answered a Tab whose controller has no method {lacking}")
    if not isinstance(tab.badge, str):
        raise ContractBroken("answered a Tab whose badge is no text")
    return tab.tab_id, (tab.order, *_alphabetically(tab.title), tab.tab_id)


def of_type(kind: ConnectionType) -> Described:
    """By order, then label.

    Raises:
        ContractBroken: The provider cannot do what a provider must.
    """
    if lacking := _lacking(kind.provider, _PROVIDER):
        raise ContractBroken(f"answered a ConnectionType whose provider has no method {lacking}")
    return kind.type_id, (kind.order, *_alphabetically(kind.label), kind.type_id)


def of_choice(choice: ConnectionChoice) -> Described:
    """By order, then label."""
    return choice.connection_id, (choice.order, *_alphabetically(choice.label), choice.connection_id)


def of_usage(usage: Usage) -> Described:
    """This host's own first, then other hosts'; by profile and step."""
    texts = (*_alphabetically(usage.host), *_alphabetically(usage.profile), *_alphabetically(usage.step))
    return usage.usage_id, (0, *texts, usage.usage_id)


def of_subject(subject: Subject) -> Described:
    """By label."""
    return (subject.kind, subject.subject_id), (0, *_alphabetically(subject.label), subject.kind, subject.subject_id)


def of_objection(objection: SwitchObjection) -> Described:
    """What blocks comes before what warns."""
    return None, (0 if objection.severity is Severity.BLOCK else 1, *_alphabetically(objection.text))


def of_batch(batch: FailedBatch) -> Described:
    """The oldest first."""
    return batch.batch_id, (0, batch.failed_at.isoformat(), *_alphabetically(batch.profile), batch.batch_id)


def places(ids: Sequence[str]) -> Mapping[str, int]:
    """Where each id stands; those that nobody asked about come last."""
    return defaultdict(lambda: len(ids), {wanted: position for position, wanted in enumerate(ids)})


def _alphabetically(text: str) -> tuple[str, str]:
    return text.casefold(), text


def _lacking(thing: object, names: tuple[str, ...]) -> str:
    """The names of the methods that it does not have."""
    return ", ".join(name for name in names if not callable(getattr(thing, name, None)))
