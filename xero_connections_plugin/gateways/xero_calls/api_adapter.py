"""How does one call of Xero's API go, repeats and limits included? Imported on first use only."""

from __future__ import annotations

import weakref
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, assert_never
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from hostspec.errors import ConnectionProblem, ProviderUnavailable
from xero_connections_plugin.gateways.network.bounded_transport import GuardedAdapter
from xero_connections_plugin.gateways.network.transport_guard import TransportGuard
from xero_connections_plugin.gateways.xero_calls.api_failures import failure_of
from xero_connections_plugin.gateways.xero_calls.call_pauses import (
    READING,
    WAITING_BUDGET,
    Course,
    pause_after_failure,
    pause_at_limit,
    rewound,
)
from xero_connections_plugin.gateways.xero_calls.held_answer import HeldAnswer
from xero_connections_plugin.xero.answer_problems import problem_of, short_name, too_many_at_once
from xero_connections_plugin.xero.answer_verdicts import (
    STATUSES_TOLD_BY_BODY,
    LimitReached,
    Ordinary,
    Outage,
    ScopeLacking,
    TenantRefused,
    TokenRejected,
    classify,
    scope_needed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.services import Clock
    from xero_connections_plugin.gateways.xero_calls.call_limiter import CallSlot, TenantCallLimiter
    from xero_connections_plugin.gateways.xero_calls.condition_reporter import ConditionReporter
    from xero_connections_plugin.gateways.xero_calls.tenant_auth import TenantAuth
    from xero_connections_plugin.xero.answer_verdicts import Verdict
    from xero_connections_plugin.xero.call_meter import TenantMeter
    from xero_connections_plugin.xero.company_facts import CompanyCheck

_TIMEOUT: Final = (8.0, 60.0)
_SLOWEST_UPLOAD: Final = 64 * 1024
"""Bytes a second, added to the total: a large attachment may take long."""
_ERROR_BODY: Final = 64 * 1024


class ApiAdapter(GuardedAdapter):
    """Sends for one session: one thread, one tenant, one origin.

    Args:
        total_seconds: For one request, from the lookup of the name to the end of an answer that is not streamed.
    """

    def __init__(
        self,
        auth: TenantAuth,
        *,
        tenant_name: str,
        limiter: TenantCallLimiter,
        clock: Clock,
        reporter: ConditionReporter,
        company: CompanyCheck | None,
        meter: TenantMeter | None,
        jitter: Callable[[], float],
        total_seconds: float,
    ) -> None:
        super().__init__()
        self._auth = auth
        self._tenant_name = tenant_name
        self._limiter = limiter
        self._clock = clock
        self._reporter = reporter
        self._company = company
        self._is_company_sure = company is None
        self._meter = meter
        self._jitter = jitter
        self._slots: list[CallSlot] = []
        self._answers: weakref.WeakSet[HeldAnswer] = weakref.WeakSet()
        self._guards: weakref.WeakSet[TransportGuard] = weakref.WeakSet()
        self._total_seconds = total_seconds

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> HeldAnswer:
        """The answer to a request, which keeps its slot until it is read or closed.

        Raises:
            ConnectionProblem: See ``hostspec.connections.HttpSession``.
            ValueError: The request is for another origin or tenant, or wants certificates unchecked.
        """
        self._auth.check(request)
        if not verify:
            raise ValueError("certificates are always checked")
        if request.method not in READING:
            self._make_sure_of_company()
        options = {
            "stream": stream,
            "timeout": _TIMEOUT if timeout is None else timeout,
            "verify": verify,
            "cert": cert,
            "proxies": proxies,
        }
        return self._answered(request, options, self._seconds_for(request, timeout))

    def close(self) -> None:
        """Drop the connections, those of answers still being read and of requests under way too."""
        for guard in list(self._guards):
            guard.cut()
        for answer in list(self._answers):
            answer.close()
        super().close()

    def _answered(self, request: requests.PreparedRequest, options: dict[str, Any], seconds: float) -> HeldAnswer:
        course = Course()
        token = self._auth.put_on(request)
        while True:
            outcome = self._exchange(request, options, seconds)
            if isinstance(outcome, ProviderUnavailable):
                self._pause_or_raise(request, course, outcome, pause_after_failure(request, course, outcome))
                continue
            verdict = self._verdict(request, outcome)
            if isinstance(verdict, Ordinary):
                return self._accepted(request, outcome, stream=bool(options["stream"]))
            outcome.close()
            problem = problem_of(verdict, tenant=self._tenant_name, writing=request.method not in READING)
            match verdict:
                case TokenRejected():
                    if course.renewed:
                        raise problem
                    course.renewed = True
                    token = self._auth.put_on(request, refused=token.generation)
                    if not rewound(request):
                        raise self._cannot_repeat()
                case LimitReached():
                    if self._meter is not None:
                        self._meter.refused(verdict)
                    self._pause_or_raise(request, course, problem, pause_at_limit(course, verdict, self._jitter))
                case Outage():
                    self._pause_or_raise(request, course, problem, pause_after_failure(request, course, problem))
                case ScopeLacking() | TenantRefused():
                    self._reporter.found(problem)
                    raise problem
                case _:
                    assert_never(verdict)

    def _exchange(
        self, request: requests.PreparedRequest, options: dict[str, Any], seconds: float
    ) -> HeldAnswer | ProviderUnavailable:
        """One request on the wire: its answer, or why there is none."""
        writing = request.method not in READING
        slot = self._take_slot()

        def answered() -> HeldAnswer:
            answer = HeldAnswer(self.send_guarded(guard, request, **options), slot, writing=writing)
            if answer.status_code in STATUSES_TOLD_BY_BODY:
                answer.error_body = answer.read_at_most(_ERROR_BODY)
            elif not options["stream"] and answer.status_code < HTTPStatus.TOO_MANY_REQUESTS:
                answer.read_all()
            return answer

        with TransportGuard() as guard:
            self._guards.add(guard)
            try:
                answer = guard.run(answered, seconds)
                if not guard.is_cut:
                    self._answers.add(answer)
                    return answer
                answer.close()
                failure: Exception = TimeoutError()
            except ProviderUnavailable as problem:
                return problem
            except (requests.RequestException, HTTPError, OSError) as error:
                failure = error
            except BaseException:
                slot.release()
                raise
            slot.release()
            # Returned, so that no context leads to requests' own exception: it holds the request with its bearer.
            return failure_of(failure, guard, str(request.url), writing=writing)

    def _seconds_for(self, request: requests.PreparedRequest, timeout: Any) -> float:
        # What the caller allows between two bytes must be possible.
        waits = [
            part for part in (timeout if isinstance(timeout, tuple) else (timeout,)) if isinstance(part, int | float)
        ]
        said = str(request.headers.get("Content-Length", ""))
        return max([self._total_seconds, *waits]) + (int(said) if said.isdecimal() else 0) / _SLOWEST_UPLOAD

    def _take_slot(self) -> CallSlot:
        self._slots = [slot for slot in self._slots if slot.is_held]
        # The calls that this session has under way end by this thread alone: waiting for them would be for ever.
        mine = len(self._slots)
        slot = None if mine >= self._limiter.limit else self._limiter.take(self._auth.tenant_id)
        if slot is None:
            raise too_many_at_once(self._tenant_name)
        self._slots.append(slot)
        return slot

    def _verdict(self, request: requests.PreparedRequest, answer: HeldAnswer) -> Verdict:
        if answer.is_redirect and not self._auth.is_ours(answer.headers["location"], relative_to=str(request.url)):
            answer.close()
            raise ProviderUnavailable(
                "Xero's address wanted to send the request on to another one. That was refused, and the sign-in was "
                "not shown to it; please try again later.",
                code="XERO_DOWN",
            )
        return classify(
            method=str(request.method),
            path=urlsplit(str(request.url)).path,
            status=answer.status_code,
            headers=answer.headers,
            body=answer.error_body,
        )

    def _accepted(self, request: requests.PreparedRequest, answer: HeldAnswer, *, stream: bool) -> HeldAnswer:
        if self._meter is not None:
            self._meter.answered(answer.headers)
        if answer.status_code < 300:
            self._hear_company(request, answer, stream=stream)
            self._reporter.worked(scope_needed(str(request.method), urlsplit(str(request.url)).path))
        return answer

    def _make_sure_of_company(self) -> None:
        if self._company is None or self._is_company_sure:
            return
        try:
            self._company.verify()
        except ConnectionProblem as problem:
            self._reporter.found(problem)
            raise
        self._is_company_sure = True

    def _hear_company(self, request: requests.PreparedRequest, answer: HeldAnswer, *, stream: bool) -> None:
        """Whoever asks a company about itself tells us which one answers.

        Raises:
            TenantMismatch: It is another one than before.
        """
        last = urlsplit(str(request.url)).path.rstrip("/").rpartition("/")[2].lower()
        if stream or self._company is None or request.method != "GET" or last not in {"organisation", "organisations"}:
            return
        try:
            self._company.heard(answer.content)
        except ConnectionProblem as problem:
            answer.close()
            self._reporter.found(problem)
            raise

    def _pause_or_raise(
        self, request: requests.PreparedRequest, course: Course, problem: ConnectionProblem, pause: float | None
    ) -> None:
        if pause is None or course.waited + pause > WAITING_BUDGET or not rewound(request):
            self._reporter.found(problem)
            raise problem
        course.waited += pause
        self._clock.wait(pause)

    def _cannot_repeat(self) -> ProviderUnavailable:
        return ProviderUnavailable(
            f"The sign-in for {short_name(self._tenant_name)} had to be renewed, and what was being sent can be read "
            "only once. Nothing was changed at Xero; please send it again.",
            code="XERO_DOWN",
            retry_after=0.0,
        )
