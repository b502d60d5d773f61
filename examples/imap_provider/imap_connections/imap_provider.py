"""The connection type "IMAP mailbox": what a ``ConnectionProvider`` answers, and four skills that come cheap."""

from __future__ import annotations

import ssl
from functools import partial
from typing import TYPE_CHECKING

from hostspec import (
    Action,
    CheckedPoint,
    Condition,
    ConnectionProblem,
    ConnectionRef,
    ConnectionStatus,
    ConnectionSummary,
    ConnectionTest,
    Fact,
    NoteField,
    SavedConnection,
    SecretStoreUnavailable,
    SignInNeeded,
    SignInRejected,
    StoredDataDamaged,
    Tone,
)
from imap_connections import imap_texts as texts
from imap_connections.draft_tests import STOP_ACT, DraftTests
from imap_connections.imap_login import (
    MailboxSession,
    count_messages,
    hang_up,
    passes_by_itself,
    reach,
    sign_in,
)
from imap_connections.mail_account import Filled, Security, kept_account, known_account
from imap_connections.mailbox_form import TEST_ACT, mailbox_form

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic import SecretBytes

    from hostspec import (
        Connection,
        ConnectionId,
        Draft,
        FieldValue,
        Form,
        HostServices,
        RemovalChoice,
        Session,
        Step,
        UserAct,
    )
    from imap_connections.mail_account import MailAccount

_OPEN = Action(action_id="edit:host", label=texts.OPEN_SETTINGS)
_PASSWORD = Action(action_id="edit:password", label=texts.TYPE_PASSWORD)
_TEST = Action(action_id="test", label=texts.TEST_NOW)


class ImapProvider:
    """A ``ConnectionProvider`` that is ``Testable``, ``Copyable``, ``Recoverable`` and ``Remembering``.

    Args:
        host: Gives the clock, and threads to test in.
        trust: Makes the rules by which certificates are checked; the system's, when none is given.
    """

    def __init__(self, host: HostServices, trust: Callable[[], ssl.SSLContext] | None = None) -> None:
        self._clock = host.clock
        self._trust = trust or ssl.create_default_context
        self._runs = DraftTests(host)

    def form(self, draft: Draft) -> Form:
        return mailbox_form(Filled(draft), self._runs.told(draft.draft_id))

    def act(self, draft: Draft, act: UserAct) -> Step | None:
        match act.action_id:
            case "continue":
                return self._runs.go_on(draft.draft_id)
            case _ if act.action_id == STOP_ACT:
                self._runs.stop(draft.draft_id)
            case _ if act.action_id == TEST_ACT:
                return self._begin_test(draft)
            case _:
                # Something else was typed: the last result is about what stood there before.
                self._runs.close(draft.draft_id)
        return None

    def unsaved(self, draft: Draft) -> bool:
        return Filled(draft).is_changed

    def obstacles(self, draft: Draft) -> tuple[str, ...]:
        return Filled(draft).missing

    def consequences(self, draft: Draft) -> tuple[str, ...]:
        filled = Filled(draft)
        kept = known_account(draft.connection)
        is_new = kept is None or kept.security is not Security.NONE
        return (texts.consequence(filled.host),) if is_new and filled.security is Security.NONE else ()

    def save(self, draft: Draft) -> SavedConnection:
        filled = Filled(draft)
        account, password = filled.account, filled.password
        if account is None or password is None:
            raise ConnectionProblem(" ".join(filled.missing) or texts.PASSWORD_AGAIN)
        return SavedConnection(
            settings=account.model_dump(mode="json"),
            subtitle=texts.subtitle(account.user, account.host),
            sealed=password,
        )

    def close(self, draft_id: str) -> None:
        self._runs.close(draft_id)

    def open(self, connection: Connection) -> Session:
        account = kept_account(connection)
        if connection.saved.sealed is None:
            raise SignInNeeded(texts.NO_PASSWORD_KEPT)
        mailbox = reach(account, self._trust())
        try:
            sign_in(mailbox, account, _plain(connection.saved.sealed))
            mailbox.lift_limit()
        except BaseException:
            hang_up(mailbox)
            raise
        ref = ConnectionRef(
            connection_id=connection.connection_id,
            type_id=connection.type_id,
            display_name=connection.display_name,
        )
        return MailboxSession(ref, mailbox)

    def condition_after(self, connection: Connection, problem: ConnectionProblem) -> Condition | None:
        del connection
        match problem:
            case SignInNeeded():
                status = ConnectionStatus.NEEDS_SIGN_IN
            case SignInRejected() | StoredDataDamaged():
                status = ConnectionStatus.UNREACHABLE
            case _ if problem.code == "TLS_UNTRUSTED":
                status = ConnectionStatus.UNREACHABLE
            case _:
                return None
        return Condition(status=status, cause=str(problem), since=self._clock.now())

    def test(self, connection: Connection) -> ConnectionTest:
        try:
            account = kept_account(connection)
        except StoredDataDamaged as damage:
            return self._failed(damage, self._clock.monotonic(), ())
        if connection.saved.sealed is None:
            return self._failed(SignInNeeded(texts.NO_PASSWORD_KEPT), self._clock.monotonic(), ())
        return self._try(account, connection.saved.sealed)

    def summary(self, connections: Sequence[Connection]) -> Mapping[ConnectionId, ConnectionSummary]:
        return {one.connection_id: _summary(one) for one in connections}

    def details(self, connection: Connection) -> tuple[Fact, ...]:
        account = kept_account(connection)
        return (
            Fact(label=texts.HOST, text=account.host, monospace=True),
            Fact(label=texts.PORT, text=str(account.port)),
            Fact(label=texts.SECURITY, text=texts.SECURITY_LABELS[account.security]),
            Fact(label=texts.USER, text=account.user),
            Fact(label=texts.PASSWORD, text=texts.PASSWORD_KEPT if connection.has_secret else texts.PASSWORD_NOT_KEPT),
        )

    def copied_values(self, connection: Connection) -> Mapping[str, FieldValue]:
        account = kept_account(connection)
        port = None if account.port == account.security.standard_port else account.port
        return {"host": account.host, "port": port, "security": account.security.value, "user": account.user}

    def removal_choices(self, connection: Connection) -> tuple[RemovalChoice, ...]:
        del connection
        return ()

    def disconnect(self, connection: Connection, choices: frozenset[str], by: str) -> tuple[str, ...]:
        del connection, choices, by
        return ()

    def pending(self) -> tuple[str, ...]:
        return ()

    def forget(self, connection: Connection, choices: frozenset[str]) -> tuple[str, ...]:
        # The book wipes what it sealed; the mail server knows nothing of us.
        del connection, choices
        return ()

    def _begin_test(self, draft: Draft) -> Step | None:
        filled = Filled(draft)
        self._runs.close(draft.draft_id)
        if filled.missing or filled.account is None:
            self._runs.tell(draft.draft_id, NoteField(text=" ".join(filled.missing), tone=Tone.WARNING))
            return None
        if filled.password is None:
            raise SecretStoreUnavailable(texts.KEY_AWAY, code="KEY_MISSING")
        test = partial(self._try, filled.account, filled.password)
        return self._runs.begin(draft.draft_id, filled.account.host, test)

    def _try(self, account: MailAccount, password: SecretBytes) -> ConnectionTest:
        began = self._clock.monotonic()
        points: list[CheckedPoint] = []

        def passed(label: str, text: str) -> None:
            points.append(CheckedPoint(label=label, text=text, passed=True))

        try:
            mailbox = reach(account, self._trust())
            try:
                passed(texts.CHECK_SERVER, f"{account.host}:{account.port}")
                version = mailbox.sock.version() if isinstance(mailbox.sock, ssl.SSLSocket) else None
                passed(texts.CHECK_ENCRYPTION, version or texts.UNENCRYPTED_POINT)
                sign_in(mailbox, account, _plain(password))
                passed(texts.CHECK_SIGN_IN, texts.signed_in_as(account.user))
                messages = count_messages(mailbox, account)
                passed(texts.CHECK_INBOX, texts.inbox_holds(messages))
            finally:
                hang_up(mailbox)
        except ConnectionProblem as problem:
            return self._failed(problem, began, tuple(points))
        return ConnectionTest(
            tested_at=self._clock.now(),
            passed=True,
            text=texts.works(messages),
            milliseconds=self._since(began),
            checks=tuple(points),
        )

    def _failed(self, problem: ConnectionProblem, began: float, points: tuple[CheckedPoint, ...]) -> ConnectionTest:
        labels = (texts.CHECK_SERVER, texts.CHECK_ENCRYPTION, texts.CHECK_SIGN_IN, texts.CHECK_INBOX)[len(points) :]
        failed = tuple(
            CheckedPoint(
                label=label, text=texts.NOT_LOOKED_AT if place else str(problem), passed=None if place else False
            )
            for place, label in enumerate(labels)
        )
        return ConnectionTest(
            tested_at=self._clock.now(),
            passed=False,
            text=str(problem),
            milliseconds=self._since(began),
            transient=passes_by_itself(problem),
            checks=(*points, *failed),
            condition=None if passes_by_itself(problem) else self._lasting(problem),
        )

    def _lasting(self, problem: ConnectionProblem) -> Condition:
        status = ConnectionStatus.NEEDS_SIGN_IN if isinstance(problem, SignInNeeded) else ConnectionStatus.UNREACHABLE
        return Condition(status=status, cause=str(problem), since=self._clock.now())

    def _since(self, began: float) -> int:
        return max(0, round((self._clock.monotonic() - began) * 1000))


def _plain(password: SecretBytes) -> str:
    return password.get_secret_value().decode()


def _summary(connection: Connection) -> ConnectionSummary:
    status, word, tone, cause, repair = _state(connection)
    user = connection.saved.settings.get("user")
    return ConnectionSummary(
        status=status,
        status_text=word,
        tone=tone,
        cause=cause,
        repair=repair,
        subtitle=connection.saved.subtitle,
        account=user if isinstance(user, str) else "",
    )


def _state(connection: Connection) -> tuple[ConnectionStatus, str, Tone, str, Action | None]:
    condition, tested = connection.condition, connection.tested
    if known_account(connection) is None:
        return ConnectionStatus.UNREACHABLE, texts.CHECK_SETTINGS, Tone.BAD, texts.DAMAGED, _OPEN
    if not connection.has_secret:
        return ConnectionStatus.NEEDS_SIGN_IN, texts.NEEDS_PASSWORD, Tone.BAD, texts.NO_PASSWORD_KEPT, _PASSWORD
    if condition is not None and condition.status is ConnectionStatus.NEEDS_SIGN_IN:
        return condition.status, texts.NEEDS_PASSWORD, Tone.BAD, condition.cause, _PASSWORD
    if condition is not None:
        return condition.status, texts.CHECK_SETTINGS, Tone.BAD, condition.cause, _OPEN
    if tested is not None and not tested.passed:
        return ConnectionStatus.UNREACHABLE, texts.UNREACHABLE, Tone.WAITING, tested.text, _TEST
    if tested is None and connection.used_at is None:
        return ConnectionStatus.UNTESTED, texts.UNTESTED, Tone.NEUTRAL, texts.UNTESTED_CAUSE, _TEST
    return ConnectionStatus.READY, texts.READY, Tone.GOOD, "", None
