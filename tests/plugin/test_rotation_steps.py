"""What ``rotation`` decides, one event at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from xero_connections_plugin.oauth import rotation
from xero_connections_plugin.oauth import rotation_words as w
from xero_connections_plugin.oauth.rotation import MOST_SENDS, MOST_SENDS_UNSEEN, Run, step

CURRENT = w.Token(w.Place.CURRENT, 3)
NEWER = w.Token(w.Place.CANDIDATE, 4, "newer")
OLDER = w.Token(w.Place.CANDIDATE, 3, "older")
BEFORE = w.Token(w.Place.PREDECESSOR, 2)
ELSEWHERE = w.Token(w.Place.CANDIDATE, 1, "wiped")
VIEW = w.View(generation=3, usable=True, candidates=(OLDER,), predecessor=BEFORE)
"""A grant whose token of generation 3 is not wanted any more."""

ASKING = Run(3, view=VIEW, token=CURRENT, sends=1)
"""The current token was presented for the first time."""


def ending(step_result: tuple[Run, w.Act]) -> tuple[w.Ending | None, w.Act]:
    run, act = step_result
    return run.ending, act


def test_a_run_begins_by_taking_the_lease() -> None:
    assert rotation.begin(3) == (Run(3), w.TakeLease())


@pytest.mark.parametrize(
    ("event", "act"),
    [
        (w.LeaseHeld(), w.WaitForOwner()),
        (w.OwnerDone(), w.TakeLease()),
        (w.MovedOn(), w.Finish(w.Ending.MOVED)),
        (w.WaitedTooLong(), w.Finish(w.Ending.OTHERS_BUSY)),
        (w.GrantGone(), w.Finish(w.Ending.GONE)),
    ],
)
def test_what_others_do_decides_while_nothing_is_held(event: w.Event, act: w.Act) -> None:
    assert step(Run(3), event) == (Run(3), act)


def test_what_was_learned_is_forgotten_when_another_owner_is_done() -> None:
    learned = replace(ASKING, maybe_rotated=True, late=True, damaged=True, refused=frozenset({CURRENT}))
    assert step(learned, w.OwnerDone()) == (Run(3), w.TakeLease())


def test_a_newer_token_is_taken_as_it_is_and_an_intent_left_alone() -> None:
    view = replace(VIEW, generation=4, intent=CURRENT, answer=NEWER)
    assert ending(step(Run(3), w.LeaseTaken(view))) == (w.Ending.MOVED, w.LetGo(clear_intent=False))
    assert ending(step(ASKING, w.ReadAgain(view))) == (w.Ending.MOVED, w.LetGo(clear_intent=False))


def test_a_kept_answer_is_made_current_with_the_noted_token_as_its_predecessor() -> None:
    run, act = step(Run(3), w.LeaseTaken(replace(VIEW, intent=BEFORE, answer=NEWER)))
    assert act == w.Promote(NEWER, BEFORE)
    assert (run.token, run.kept) == (BEFORE, True)
    run, act = step(Run(3), w.LeaseTaken(replace(VIEW, answer=NEWER, usable=False)))
    assert act == w.Promote(NEWER, CURRENT)


def test_a_kept_answer_that_cannot_be_read_is_left_and_the_noted_token_presented() -> None:
    view = replace(VIEW, intent=CURRENT, answer=NEWER)
    run, _ = step(Run(3), w.LeaseTaken(view))
    run, act = step(run, w.Unreadable(NEWER))
    assert act == w.NoteIntent(CURRENT)
    assert (run.damaged, run.refused) == (True, frozenset({NEWER}))


def test_a_grant_that_needs_a_sign_in_is_let_go() -> None:
    view = replace(VIEW, usable=False, intent=CURRENT)
    assert ending(step(Run(3), w.LeaseTaken(view))) == (w.Ending.SIGN_IN_NEEDED, w.LetGo(clear_intent=False))


def test_the_current_token_is_noted_and_sent_for_the_first_time() -> None:
    run, act = step(Run(3), w.LeaseTaken(VIEW))
    assert act == w.NoteIntent(CURRENT)
    assert (run.view, run.token, run.sends, run.kept, run.maybe_rotated) == (VIEW, CURRENT, 1, False, False)
    assert step(run, w.IntentNoted()) == (run, w.Send(CURRENT, replay=False))


@pytest.mark.parametrize("noted", [CURRENT, BEFORE, OLDER])
def test_a_noted_token_is_replayed(noted: w.Token) -> None:
    run, act = step(Run(3), w.LeaseTaken(replace(VIEW, intent=noted)))
    assert act == w.NoteIntent(noted)
    assert run.maybe_rotated
    assert step(run, w.IntentNoted())[1] == w.Send(noted, replay=True)


def test_a_noted_token_that_is_kept_no_longer_gives_way_to_the_current_one() -> None:
    run, act = step(Run(3), w.LeaseTaken(replace(VIEW, intent=ELSEWHERE)))
    assert act == w.NoteIntent(CURRENT)
    assert run.maybe_rotated


@pytest.mark.parametrize("event", [w.IntentNoted(), w.Extended()])
def test_a_predecessor_is_always_a_replay(event: w.Event) -> None:
    assert step(replace(ASKING, token=BEFORE), event)[1] == w.Send(BEFORE, replay=True)


def test_after_a_lost_answer_the_same_token_is_sent_again_as_a_replay() -> None:
    run, act = step(ASKING, w.Unanswered(again=True))
    assert act == w.PauseAndExtend()
    assert (run.sends, run.maybe_rotated) == (2, True)
    assert step(run, w.Extended()) == (run, w.Send(CURRENT, replay=True))


def test_a_request_that_never_left_is_no_replay_when_sent_again() -> None:
    run, act = step(ASKING, w.NotSent(again=True))
    assert act == w.PauseAndExtend()
    assert step(run, w.Extended())[1] == w.Send(CURRENT, replay=False)


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (w.NotSent(again=False), w.Ending.NOT_SENT),
        (w.Throttled(again=False), w.Ending.THROTTLED),
        (w.AppRefused(), w.Ending.APP_REFUSED),
    ],
)
def test_a_failure_that_rotated_nothing_takes_the_intent_back(event: w.Event, why: w.Ending) -> None:
    assert ending(step(ASKING, event)) == (why, w.LetGo(clear_intent=True))
    # Unless the token may have been rotated by a request before.
    doubtful = replace(ASKING, maybe_rotated=True)
    assert ending(step(doubtful, event)) == (why, w.LetGo(clear_intent=False))


def test_an_unknown_outcome_leaves_the_intent() -> None:
    assert ending(step(ASKING, w.Unanswered(again=False))) == (w.Ending.UNANSWERED, w.LetGo(clear_intent=False))


@pytest.mark.parametrize(
    ("event", "most"),
    [
        (w.Unanswered(again=True), MOST_SENDS),
        (w.Throttled(again=True), MOST_SENDS),
        (w.NotSent(again=True), MOST_SENDS_UNSEEN),
    ],
)
def test_requests_are_repeated_so_often_and_no_more(event: w.Event, most: int) -> None:
    assert (MOST_SENDS, MOST_SENDS_UNSEEN) == (4, 2)
    run, act = step(replace(ASKING, sends=most - 1), event)
    assert (run.sends, act) == (most, w.PauseAndExtend())
    assert isinstance(step(replace(ASKING, sends=most), event)[1], w.LetGo)


def test_a_refused_token_is_not_presented_again_and_the_grant_is_read_anew() -> None:
    run, act = step(ASKING, w.GrantRefused())
    assert act == w.ReadGrant()
    assert (run.refused, run.late) == (frozenset({CURRENT}), False)


def test_after_a_refusal_candidates_come_before_the_predecessor_and_then_a_sign_in_is_needed() -> None:
    run = ASKING
    for token, replay in ((OLDER, False), (BEFORE, True)):
        run, _ = step(run, w.GrantRefused())
        run, act = step(run, w.ReadAgain(VIEW))
        assert act == w.NoteIntent(token)
        assert (run.token, run.sends) == (token, 1)
        assert step(run, w.IntentNoted())[1] == w.Send(token, replay=replay)
    run, _ = step(run, w.GrantRefused())
    _, act = step(run, w.ReadAgain(VIEW))
    assert act == w.MarkSignInNeeded(late=False, damaged=False)
    assert step(run, w.Marked()) == (run, w.Finish(w.Ending.SIGN_IN_NEEDED))


def test_the_doubt_about_one_token_does_not_pass_to_the_next() -> None:
    run = replace(ASKING, maybe_rotated=True, kept=True, sends=3, refused=frozenset({CURRENT}))
    run, _ = step(run, w.ReadAgain(VIEW))
    assert (run.maybe_rotated, run.kept, run.sends) == (False, False, 1)


def test_a_grant_without_a_predecessor_ends_after_its_candidates() -> None:
    view = replace(VIEW, candidates=(), predecessor=None)
    run, _ = step(replace(ASKING, view=view), w.GrantRefused())
    run, act = step(run, w.ReadAgain(view))
    assert act == w.MarkSignInNeeded(late=False, damaged=False)
    assert run.view == view


def test_a_refusal_after_the_grace_is_told_apart() -> None:
    view = replace(VIEW, candidates=(), predecessor=None, intent=CURRENT, intent_in_grace=False)
    run, _ = step(replace(ASKING, view=view), w.GrantRefused())
    assert run.late
    assert step(run, w.ReadAgain(view))[1] == w.MarkSignInNeeded(late=True, damaged=False)
    # Of another token than the noted one it is no news, and once late is late.
    other, _ = step(replace(ASKING, view=view, token=OLDER), w.GrantRefused())
    assert not other.late
    assert step(replace(other, late=True), w.GrantRefused())[0].late


def test_a_noted_token_refused_inside_the_grace_is_not_late() -> None:
    view = replace(VIEW, intent=CURRENT)
    assert not step(replace(ASKING, view=view), w.GrantRefused())[0].late


def test_a_token_that_cannot_be_read_gives_way_to_the_next_one() -> None:
    run, act = step(ASKING, w.Unreadable(CURRENT))
    assert act == w.NoteIntent(OLDER)
    assert (run.damaged, run.refused) == (True, frozenset({CURRENT}))
    lonely = replace(VIEW, candidates=(), predecessor=None)
    _, act = step(replace(ASKING, view=lonely), w.Unreadable(CURRENT))
    assert act == w.MarkSignInNeeded(late=False, damaged=True)


def test_an_answer_is_kept_before_it_is_made_current() -> None:
    run, act = step(ASKING, w.Answered())
    assert (run, act) == (ASKING, w.KeepCandidate())
    run, act = step(run, w.CandidateKept())
    assert (run.kept, act) == (True, w.Commit())
    assert step(run, w.Committed()) == (run, w.Finish(w.Ending.ROTATED))
    assert step(run, w.Conflict()) == (run, w.WaitForOwner())


def test_a_write_that_failed_is_repeated_and_then_left_to_the_keeper() -> None:
    kept = replace(ASKING, kept=True)
    assert step(ASKING, w.WriteFailed(again=True)) == (ASKING, w.KeepCandidate(retry=True))
    assert step(kept, w.WriteFailed(again=True)) == (kept, w.Commit(retry=True))
    for run in (ASKING, kept):
        assert step(run, w.WriteFailed(again=False)) == (run, w.Finish(w.Ending.UNSAVED))


@pytest.mark.parametrize("why", [w.Ending.MOVED, w.Ending.SIGN_IN_NEEDED])
def test_what_is_certain_stays_so_when_the_lease_was_lost_meanwhile(why: w.Ending) -> None:
    run = replace(ASKING, ending=why)
    assert step(run, w.LeaseLost()) == (run, w.Finish(why))


@pytest.mark.parametrize("why", [None, w.Ending.UNANSWERED, w.Ending.NOT_SENT, w.Ending.APP_REFUSED])
def test_whoever_lost_the_lease_waits_for_the_one_who_has_it(why: w.Ending | None) -> None:
    run, act = step(replace(ASKING, ending=why), w.LeaseLost())
    assert (run.ending, act) == (None, w.WaitForOwner())


def test_a_run_that_has_let_go_ends_as_it_was_decided() -> None:
    run = replace(ASKING, ending=w.Ending.THROTTLED)
    assert step(run, w.LetGoDone()) == (run, w.Finish(w.Ending.THROTTLED))


@pytest.mark.parametrize(
    ("run", "event", "why"),
    [
        (Run(3), w.LetGoDone(), "nothing was decided"),
        (Run(3), w.IntentNoted(), "no token was chosen yet"),
        (Run(3), w.GrantRefused(), "no token was chosen yet"),
        (Run(3, token=CURRENT), w.GrantRefused(), "the grant was not read yet"),
        (Run(3, token=CURRENT), w.Unreadable(CURRENT), "the grant was not read yet"),
    ],
)
def test_events_that_cannot_happen_are_refused(run: Run, event: w.Event, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        step(run, event)


def test_an_event_of_another_kind_is_refused() -> None:
    with pytest.raises(AssertionError):
        step(Run(3), cast("w.Event", object()))
