"""Well-behaved values and badly behaved plugins for the tests of hook calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hostspec import (
    Action,
    AddAct,
    Close,
    ConnectionChoice,
    ConnectionId,
    ConnectionRef,
    ConnectionType,
    Origin,
    Step,
    Subject,
    Tab,
    TableQuery,
    TypeId,
    Usage,
    UserAct,
    UserId,
    View,
    hookimpl,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ORIGIN = Origin(user_id=UserId("ada"), user_name="Ada", window_id="w1", is_local=True)
HEAD_OFFICE = Subject(kind="connection", subject_id="c1", label="Head office")


class PlainController:
    """A tab with one button that closes whatever it is in."""

    def view(self, origin: Origin, query: TableQuery) -> View:
        return View(title="Plain", actions=(Action(action_id="go", label="Go"),))

    def act(self, origin: Origin, act: UserAct) -> Step:
        return Close()


class Provider:
    """Has every method of a provider; none is called here."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def refuse(*_: object) -> object:
            raise AssertionError(f"{name} is not called by hooks")

        return refuse


class OpenSession:
    """A session that counts how often it was closed."""

    def __init__(self, connection_id: str = "c1") -> None:
        self.closed = 0
        self._ref = ConnectionRef(
            connection_id=ConnectionId(connection_id), type_id=TypeId("mail"), display_name="Mailbox"
        )

    @property
    def connection(self) -> ConnectionRef:
        return self._ref

    def close(self) -> None:
        self.closed += 1

    def __enter__(self) -> OpenSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def tab(tab_id: str, *, title: str = "", order: int = 100) -> Tab:
    return Tab(tab_id=tab_id, title=title or tab_id, order=order, controller=PlainController())


def kind(type_id: str, *, label: str = "", order: int = 100) -> ConnectionType:
    return ConnectionType(
        type_id=TypeId(type_id),
        label=label or type_id,
        order=order,
        provider=Provider(),
        add=AddAct(tab_id="connections", act=UserAct(action_id="add")),
    )


def choice(connection_id: str, *, label: str = "", order: int = 0, type_id: str = "mail") -> ConnectionChoice:
    return ConnectionChoice(
        connection_id=ConnectionId(connection_id), type_id=TypeId(type_id), label=label or connection_id, order=order
    )


def usage(profile: str, *, step: str = "Migration", host: str = "", subject: Subject = HEAD_OFFICE) -> Usage:
    return Usage(
        usage_id=f"{host}/{profile}/{step}", subject=subject, profile=profile, step=step, enabled=True, host=host
    )


class Collects:
    """Answers collecting hooks with whatever a test wants: a value, or a function that makes (or raises) it.

    The annotations of the hooks are left out on purpose: plugins are not type-checked by their hosts.
    """

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[str] = []

    def _answer(self, hook: str, *arguments: object) -> Any:
        self.calls.append(hook)
        answer = self.answers.get(hook)
        return answer(*arguments) if callable(answer) and not isinstance(answer, type) else answer

    @hookimpl
    def capture_tabs(self) -> Any:
        return self._answer("tabs")

    @hookimpl
    def capture_connection_types(self) -> Any:
        return self._answer("connection_types")

    @hookimpl
    def capture_connection_choices(self, query: Any) -> Any:
        return self._answer("connection_choices", query)

    @hookimpl
    def capture_usages(self, subject: Any) -> Any:
        return self._answer("usages", subject)

    @hookimpl
    def capture_switch_usages(self, switch: Any) -> Any:
        return self._answer("switch_usages", switch)

    @hookimpl
    def capture_subject_targets(self, subject: Any) -> Any:
        return self._answer("subject_targets", subject)

    @hookimpl
    def capture_switch_objections(self, switch: Any) -> Any:
        return self._answer("switch_objections", switch)


class Opens:
    """Answers ``capture_open_session`` with whatever a test wants."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[str] = []

    @hookimpl
    def capture_open_session(self, connection_id: Any) -> Any:
        self.asked.append(connection_id)
        return self.answer() if callable(self.answer) else self.answer


class Hears:
    """Writes down what it is told, or raises instead."""

    def __init__(self, *, error: BaseException | None = None) -> None:
        self.error = error
        self.heard: list[Any] = []

    def _hear(self, *what: object) -> None:
        self.heard.append(what)
        if self.error is not None:
            raise self.error

    @hookimpl
    def capture_startup(self, host: Any) -> None:
        self._hear("startup", host)

    @hookimpl
    def capture_maintain(self, budget_seconds: Any) -> None:
        self._hear("maintain", budget_seconds)

    @hookimpl
    def capture_shutdown(self) -> None:
        self._hear("shutdown")

    @hookimpl
    def capture_tab_changed(self, tab_id: Any, wait_id: Any) -> None:
        self._hear("tab_changed", tab_id, wait_id)

    @hookimpl
    def capture_connections_changed(self, change: Any) -> None:
        self._hear("connections_changed", change)

    @hookimpl
    def capture_notify(self, notification: Any) -> None:
        self._hear("notify", notification)


def raising(error: BaseException) -> Callable[..., object]:
    """A function that raises this, whatever it is called with."""

    def fail(*_: object) -> object:
        raise error

    return fail
