"""How is a refresh token rotated without ever losing a sign-in? The decisions only: state and event in, act out.

Refresh tokens are single-use (RFC 9700 section 4.14.2). If an answer is lost, the server lets the spent token be used
again for a while; what then becomes of the first successor is not documented. So nothing that the server ever gave is
thrown away, only the holder of a lease presents a token, and what is about to be presented is noted before.

A replay leaves one doubt: the request before it may still be on its way, and when it arrives it may end the token that
came of the replay, after that was committed. So what came of a replay (``Send.replay``) is renewed once more some
minutes later, inside the server's grace (``grant_views.confirm_at``): if it was ended, the predecessor brings it back.

What no protocol can keep: nobody runs from a lost answer, or from a stray request that ended a token, until the grace
is over; a stray request arrives only after the confirmation, or after a refused access token forced an earlier renewal,
at a server that then ends the whole branch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, assert_never

from xero_connections_plugin.oauth import rotation_words as w

MOST_SENDS: Final = 4
"""Requests per token and run, the first included; the time budget usually ends a run earlier."""

MOST_SENDS_UNSEEN: Final = 2
"""Likewise, while the server cannot even be reached: that is told soon rather than tried for long."""


@dataclass(frozen=True)
class Run:
    """Where one process stands in refreshing one grant."""

    stale: int
    """A token of this generation or an older one is not wanted."""
    view: w.View | None = None
    token: w.Token | None = None
    """The one noted and presented."""
    refused: frozenset[w.Token] = frozenset()
    maybe_rotated: bool = False
    """Whether the server may have rotated the noted token without our knowing its answer."""
    late: bool = False
    damaged: bool = False
    sends: int = 0
    kept: bool = False
    """Whether the answer stands among the candidates."""
    ending: w.Ending | None = None
    """Decided; what is left is to let go."""


def begin(stale: int) -> tuple[Run, w.Act]:
    """A run that is to end with a token newer than ``stale``."""
    return Run(stale), w.TakeLease()


def step(run: Run, event: w.Event) -> tuple[Run, w.Act]:
    """What to do next.

    Raises:
        ValueError: The event cannot happen in this state.
    """
    match event:
        case w.LeaseHeld():
            return run, w.WaitForOwner()
        case w.OwnerDone():
            return Run(run.stale), w.TakeLease()
        case w.MovedOn():
            return run, w.Finish(w.Ending.MOVED)
        case w.WaitedTooLong():
            return run, w.Finish(w.Ending.OTHERS_BUSY)
        case w.GrantGone():
            return run, w.Finish(w.Ending.GONE)
        case w.LeaseTaken(view):
            return _opening(run, view)
        case w.IntentNoted():
            return run, _send(run)
        case w.LeaseLost():
            if run.ending in {w.Ending.MOVED, w.Ending.SIGN_IN_NEEDED}:
                return run, w.Finish(run.ending)
            # Whoever took the lease finds our intent and goes on from there; perhaps they had more luck.
            return replace(run, ending=None), w.WaitForOwner()
        case w.Extended():
            return run, _send(run)
        case w.Unreadable(token):
            damaged = replace(run, damaged=True, refused=run.refused | {token})
            return (_next_token if token == run.token else _opening)(damaged, _seen(run))
        case w.NotSent(again):
            return _failed(run, w.Ending.NOT_SENT, again=again and run.sends < MOST_SENDS_UNSEEN)
        case w.Throttled(again):
            return _failed(run, w.Ending.THROTTLED, again=again)
        case w.Unanswered(again):
            return _failed(replace(run, maybe_rotated=True), w.Ending.UNANSWERED, again=again)
        case w.AppRefused():
            return _failed(run, w.Ending.APP_REFUSED, again=False)
        case w.GrantRefused():
            token = _presented(run)
            view = _seen(run)
            late = run.late or (token == view.intent and not view.intent_in_grace)
            return replace(run, refused=run.refused | {token}, late=late), w.ReadGrant()
        case w.ReadAgain(view):
            return _next_token(run, view)
        case w.Answered():
            return run, w.KeepCandidate()
        case w.CandidateKept():
            return replace(run, kept=True), w.Commit()
        case w.WriteFailed(again):
            if not again:
                return run, w.Finish(w.Ending.UNSAVED)
            return run, (w.Commit(retry=True) if run.kept else w.KeepCandidate(retry=True))
        case w.Committed():
            return run, w.Finish(w.Ending.ROTATED)
        case w.Conflict():
            # Ours is a candidate now. If nobody rotated yet, whoever holds the lease is about to.
            return run, w.WaitForOwner()
        case w.Marked():
            return run, w.Finish(w.Ending.SIGN_IN_NEEDED)
        case w.LetGoDone():
            if run.ending is None:
                raise ValueError("nothing was decided")
            return run, w.Finish(run.ending)
        case _:
            assert_never(event)


def _opening(run: Run, view: w.View) -> tuple[Run, w.Act]:
    run = replace(run, view=view)
    if view.generation > run.stale:
        return _let_go(run, w.Ending.MOVED, clear_intent=False)
    if view.answer is not None and view.answer not in run.refused:
        spent = view.intent or view.current
        return replace(run, token=spent, kept=True), w.Promote(view.answer, spent)
    if not view.usable:
        return _let_go(run, w.Ending.SIGN_IN_NEEDED, clear_intent=False)
    intent = view.intent
    if intent is None:
        return _note(run, view.current)
    # After the grace the request may still never have left, so the noted token is tried all the same.
    held = intent if intent in {view.current, view.predecessor, *view.candidates} else view.current
    return _note(replace(run, maybe_rotated=True), held)


def _next_token(run: Run, view: w.View) -> tuple[Run, w.Act]:
    if view.generation > run.stale:
        return _let_go(replace(run, view=view), w.Ending.MOVED, clear_intent=False)
    held = (view.current, *view.candidates, *((view.predecessor,) if view.predecessor else ()))
    for token in held:
        if token not in run.refused:
            return _note(replace(run, view=view, maybe_rotated=False), token)
    return replace(run, view=view), w.MarkSignInNeeded(late=run.late, damaged=run.damaged)


def _note(run: Run, token: w.Token) -> tuple[Run, w.Act]:
    return replace(run, token=token, sends=1, kept=False), w.NoteIntent(token)


def _send(run: Run) -> w.Act:
    token = _presented(run)
    return w.Send(token, replay=run.maybe_rotated or token.place is w.Place.PREDECESSOR)


def _failed(run: Run, ending: w.Ending, *, again: bool) -> tuple[Run, w.Act]:
    if again and run.sends < MOST_SENDS:
        return replace(run, sends=run.sends + 1), w.PauseAndExtend()
    return _let_go(run, ending, clear_intent=not run.maybe_rotated)


def _let_go(run: Run, ending: w.Ending, *, clear_intent: bool) -> tuple[Run, w.Act]:
    return replace(run, ending=ending), w.LetGo(clear_intent)


def _presented(run: Run) -> w.Token:
    if run.token is None:
        raise ValueError("no token was chosen yet")
    return run.token


def _seen(run: Run) -> w.View:
    if run.view is None:
        raise ValueError("the grant was not read yet")
    return run.view
