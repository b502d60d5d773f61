"""What did a session find out about its entry, and who is told?"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from hostspec.connections import ConnectionStatus
from hostspec.errors import CaptureError, ProviderUnavailable
from xero_connections_plugin.xero.answer_problems import still_lacking
from xero_connections_plugin.xero.lasting_trouble import lasting

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.errors import ConnectionProblem
    from hostspec.providers import Condition
    from hostspec.services import Clock

_log = logging.getLogger(__name__)


class ConditionReporter:
    """Reports lasting trouble of one session, and that the trouble noted before is over.

    Args:
        report: Keeps a condition for the entry; ``None`` clears it.
        condition: What the entry has when the session begins.
        clock: Says since when.
        out_of_reach: Is told why the other side could not be reached, or was out of order.
        in_reach: Is told that it answered.
    """

    def __init__(
        self,
        report: Callable[[Condition | None], None],
        *,
        condition: Condition | None,
        clock: Clock,
        out_of_reach: Callable[[str], None] = lambda _text: None,
        in_reach: Callable[[], None] = lambda: None,
    ) -> None:
        self._report = report
        self._noted_before = condition
        self._clock = clock
        self._out_of_reach = out_of_reach
        self._in_reach = in_reach

    def found(self, problem: ConnectionProblem) -> None:
        """Note a problem that stays until somebody repairs it, and that the other side is out of reach."""
        # Being asked to slow down is an answer.
        if isinstance(problem, ProviderUnavailable) and problem.code != "RATE_LIMITED":
            self._out_of_reach(str(problem))
        condition = lasting(problem, self._clock.now())
        if condition is None:
            return
        # Within this session the finding stands: a call that needs less would prove nothing.
        self._noted_before = None
        self._tell(condition)

    def worked(self, scope: str) -> None:
        """A call succeeded that needed this scope (empty when not known)."""
        self._in_reach()
        if self._noted_before is None:
            return
        lacks_scope = self._noted_before.status is ConnectionStatus.SCOPE_MISSING
        if lacks_scope and still_lacking(self._noted_before.cause, scope):
            return
        self._noted_before = None
        self._tell(None)

    def _tell(self, condition: Condition | None) -> None:
        try:
            self._report(condition)
        except CaptureError as error:
            # The caller is about to hear about its call; that the list could not be updated must not hide that.
            _log.warning("A finding about a connection could not be kept: %s", error.code)
