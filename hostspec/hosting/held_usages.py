"""What a holder of references answers when somebody asks for its usages, or orders a switch."""

from collections.abc import Callable, Iterable, Iterator

from hostspec.hosting import hosting_texts as texts
from hostspec.usages import Subject, SwitchedUsage, Usage, UsageSwitch


def usages_of(subject: Subject, held: Iterable[Usage]) -> Iterator[Usage]:
    """Those of the held usages that are meant by a question about the subject, as ``capture_usages`` answers them."""
    return (usage for usage in held if subject.covers(usage.subject))


def switch_held(
    switch: UsageSwitch, held: Iterable[Usage], move: Callable[[Usage, Subject], bool]
) -> Iterator[SwitchedUsage]:
    """Do (or, in a dry run, only say) what a switch orders, as ``capture_switch_usages`` answers it.

    Args:
        switch: The order.
        held: The usages of the holder's own, as they are now.
        move: Lets the place of one usage point to another subject, for good, and says whether it did: not where
            somebody let the place point elsewhere meanwhile.

    Returns:
        A result for each usage that the order names and the holder holds; what points elsewhere by now stays.
    """
    for usage in tuple(one for one in held if one.usage_id in switch.usage_ids):
        fits = switch.subject.covers(usage.subject)
        moved = fits and (switch.dry_run or move(usage, switch.target))
        yield SwitchedUsage(usage_id=usage.usage_id, switched=moved, detail="" if moved else texts.POINTS_ELSEWHERE)
