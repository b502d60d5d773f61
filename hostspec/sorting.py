"""How the answers to collecting hooks are told apart and in which order people see them.

Each function takes an answer and returns its identity (``None`` where an answer has none) and its sort key: a number,
then texts. What the type system cannot promise about a plugin's answer is checked here too.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence

from hostspec.connections import ConnectionChoice
from hostspec.providers import ConnectionType
from hostspec.ui import Tab
from hostspec.usages import FailedBatch, Severity, Subject, SwitchObjection, Usage

SortKey = tuple[int | str, ...]
Described = tuple[Hashable, SortKey]


def of_tab(tab: Tab) -> Described:
    """By order, then title.

    Raises:
        TypeError: The tab's controller cannot view or act, or the badge is no text.
    """
    if not (_has_methods(tab.controller, "view", "act") and isinstance(tab.badge, str)):
        raise TypeError("a tab without a controller or with a strange badge")
    return tab.tab_id, (tab.order, *_alphabetically(tab.title), tab.tab_id)


def of_type(kind: ConnectionType) -> Described:
    """By order, then label.

    Raises:
        TypeError: The provider cannot do what a provider must.
    """
    if not _has_methods(kind.provider, "form", "act", "save", "open", "summary", "details", "forget"):
        raise TypeError("a connection type without a provider")
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


def _has_methods(thing: object, *names: str) -> bool:
    return all(callable(getattr(thing, name, None)) for name in names)
