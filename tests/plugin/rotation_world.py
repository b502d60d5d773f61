"""A small world in which every interleaving of refreshes can be enumerated: a server, a store, two processes.

States are tuples of small frozen values. The refreshes happen inside the server's grace. What they leave behind is also
looked at after it, when every request has arrived or never will, and the protocol did by itself what it does inside the
grace: replay what was noted, and confirm what came of a replay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from xero_connections_plugin.oauth import rotation
from xero_connections_plugin.oauth import rotation_words as w

READINGS: Final = ("G1", "G2", "G2c", "G3", "G4")
"""What may become of the first successor when a spent token is presented again: it stays valid, only the newest does,
its whole branch is cancelled, it is given again; G4 is G2, and a replay after the grace cancels everything."""


@dataclass(frozen=True)
class Server:
    """Tokens are numbered; each knows its parent and whether it was spent or cancelled."""

    parents: tuple[int, ...] = (-1,)
    spent: frozenset[int] = frozenset()
    dead: frozenset[int] = frozenset()
    grace_is_over: bool = False

    def present(self, token: int, reading: str) -> tuple[Server, int | None]:
        """The server after a token was presented, and the successor; ``None`` for ``invalid_grant``."""
        if token in self.dead:
            return self, None
        if self.grace_is_over and token in self.spent:
            everything = frozenset(range(len(self.parents)))
            return (replace(self, dead=everything) if reading == "G4" else self), None
        successors = [number for number, parent in enumerate(self.parents) if parent == token]
        if token in self.spent and reading == "G3":
            return self, successors[-1]
        dead = self.dead
        if token in self.spent and reading != "G1":
            dead |= set(successors)
            if reading == "G2c":
                dead |= {number for number in range(len(self.parents)) if self._descends(number, token)}
        server = replace(self, parents=(*self.parents, token), spent=self.spent | {token}, dead=dead)
        return server, len(self.parents)

    def _descends(self, number: int, ancestor: int) -> bool:
        parent = self.parents[number]
        return parent == ancestor or (parent >= 0 and self._descends(parent, ancestor))


@dataclass(frozen=True)
class Kept:
    """An answer: its refresh token, the fencing number under which it was asked for, and whether by a replay."""

    token: w.Token
    number: int
    fencing: int
    replay: bool


@dataclass(frozen=True)
class Grant:
    """What is stored. Tokens of the server stand where the real store has ciphertext."""

    generation: int = 1
    current: int = 0
    candidates: tuple[Kept, ...] = ()
    predecessor: tuple[w.Token, int] | None = None
    unconfirmed: bool = False
    """Whether the predecessor was presented before it was presented for the current token."""
    intent: w.Token | None = None
    intent_fencing: int = 0
    usable: bool = True
    owner: int | None = None
    fencing: int = 0

    @property
    def view(self) -> w.View:
        return w.View(
            generation=self.generation,
            usable=self.usable,
            candidates=tuple(kept.token for kept in self.candidates),
            predecessor=self.predecessor[0] if self.predecessor else None,
            intent=self.intent,
            answer=self._answer(),
        )

    def _answer(self) -> w.Token | None:
        for kept in self.candidates:
            if kept.token.generation > self.generation and (self.intent is None or kept.fencing == self.intent_fencing):
                return kept.token
        return None

    def number(self, token: w.Token) -> int | None:
        held = {
            w.Token(w.Place.CURRENT, self.generation): self.current,
            **{kept.token: kept.number for kept in self.candidates},
        }
        if self.predecessor:
            held[self.predecessor[0]] = self.predecessor[1]
        return held.get(token)


@dataclass(frozen=True)
class Process:
    """One run, the act that it is about to do, and what it holds in memory."""

    run: rotation.Run
    act: w.Act
    lease: int | None = None
    seen: w.View | None = None
    presented: int | None = None
    asked: bool = False
    """Whether its request is on the way."""
    answer: Kept | None = None
    runs: int = 0


@dataclass(frozen=True)
class World:
    """One moment. ``adrift`` are requests whose sender no longer listens; they may still arrive."""

    server: Server
    grant: Grant
    processes: tuple[Process, ...]
    adrift: tuple[int, ...] = ()
    kills: int = 0
    expiries: int = 0
    losses: int = 0
    stray: bool = False
    """Whether the server may act last, or have acted last, for somebody who cannot keep its answer: a request that
    arrives late, or an answer lost by a process that had lost its lease."""

    @property
    def is_over(self) -> bool:
        """Whether everybody is done."""
        return all(isinstance(process.act, w.Finish) for process in self.processes)

    @property
    def ended_orderly(self) -> bool:
        """Whether everybody is done, with a token, and every answer that the server gave was heard."""
        done = (w.Finish(w.Ending.ROTATED), w.Finish(w.Ending.MOVED))
        return not self.stray and all(process.act in done for process in self.processes)


def fresh(stale: int = 1) -> Process:
    run, act = rotation.begin(stale)
    return Process(run, act)


def moves(world: World, reading: str, *, discard_late: bool = False) -> Iterator[World]:
    """Every world that may come next.

    Args:
        world: The present one.
        reading: Of the grace rule.
        discard_late: Break the protocol: an answer that comes when the lease was lost is thrown away.
    """
    for index, process in enumerate(world.processes):
        if isinstance(process.act, w.Finish):
            continue
        yield from _steps(world, index, process, reading, discard_late=discard_late)
        if world.kills and process.act != w.TakeLease():
            yield _killed(world, index, process)
    if world.expiries and world.grant.owner is not None:
        yield replace(world, grant=replace(world.grant, owner=None), expiries=world.expiries - 1)
    for position, token in enumerate(world.adrift):
        server, _ = world.server.present(token, reading)
        left = world.adrift[:position] + world.adrift[position + 1 :]
        yield replace(world, server=server, adrift=left)


def _killed(world: World, index: int, process: Process) -> World:
    grant = replace(world.grant, owner=None) if world.grant.owner == index else world.grant
    adrift = world.adrift
    stray = world.stray or (isinstance(process.act, w.KeepCandidate) and process.lease != world.grant.fencing)
    if process.asked and process.presented is not None:
        adrift, stray = tuple(sorted((*adrift, process.presented))), True
    processes = _put(world.processes, index, fresh())
    return replace(world, grant=grant, processes=processes, adrift=adrift, stray=stray, kills=world.kills - 1)


def _put(processes: tuple[Process, ...], index: int, process: Process) -> tuple[Process, ...]:
    return (*processes[:index], process, *processes[index + 1 :])


def _steps(world: World, index: int, process: Process, reading: str, *, discard_late: bool) -> Iterator[World]:
    grant = world.grant
    ours = process.lease is not None and process.lease == grant.fencing

    def after(event: w.Event, *, changed: Grant = grant, process: Process = process, **more: object) -> World:
        run, act = rotation.step(process.run, event)
        then = replace(process, run=run, act=act)
        return replace(world, grant=changed, processes=_put(world.processes, index, then), **more)  # type: ignore[arg-type]

    released = replace(grant, owner=None) if ours else grant
    match process.act:
        case w.TakeLease():
            view = grant.view
            _, next_act = rotation.step(process.run, w.LeaseTaken(view))
            if isinstance(next_act, w.LetGo):
                yield after(w.LeaseTaken(view))
            elif grant.owner is not None:
                yield after(w.LeaseHeld())
            else:
                token = next_act.token if isinstance(next_act, w.NoteIntent) else view.intent or view.current
                fencing = grant.fencing + 1
                noted = fencing if isinstance(next_act, w.NoteIntent) or view.intent is None else grant.intent_fencing
                taken = replace(grant, owner=index, fencing=fencing, intent=token, intent_fencing=noted)
                holding = replace(process, lease=taken.fencing, seen=view, answer=None)
                if isinstance(next_act, w.Promote):
                    promoted = next(kept for kept in grant.candidates if kept.token == next_act.candidate)
                    holding = replace(holding, answer=promoted)
                yield after(w.LeaseTaken(view), changed=taken, process=holding)
        case w.WaitForOwner():
            if grant.generation > process.run.stale:
                yield after(w.MovedOn())
            elif grant.owner is None and process.runs < 2:
                yield after(w.OwnerDone(), process=replace(process, lease=None, runs=process.runs + 1))
            elif process.runs >= 2:
                yield after(w.WaitedTooLong())
        case w.NoteIntent(token):
            if not ours:
                yield after(w.LeaseLost())
            else:
                yield after(w.IntentNoted(), changed=replace(grant, intent=token, intent_fencing=grant.fencing))
        case w.Send(token, replay):
            yield from _request(world, index, process, token, reading, replay=replay)
        case w.PauseAndExtend():
            yield after(w.Extended() if ours else w.LeaseLost())
        case w.ReadGrant():
            yield after(w.ReadAgain(grant.view), process=replace(process, seen=grant.view))
        case w.KeepCandidate():
            assert process.answer is not None
            if discard_late and not ours:
                yield after(w.CandidateKept())
            else:
                kept = (process.answer, *(kept for kept in grant.candidates if kept != process.answer))
                yield after(w.CandidateKept(), changed=replace(grant, candidates=kept))
        case w.Commit() | w.Promote():
            assert process.answer is not None
            spent = process.act.spent if isinstance(process.act, w.Promote) else process.run.token
            if not ours or grant.generation != process.answer.token.generation - 1 or spent is None:
                yield after(w.Conflict(), changed=released)
            else:
                yield after(w.Committed(), changed=_committed(grant, process.answer, spent))
        case w.MarkSignInNeeded():
            if not ours:
                yield after(w.LeaseLost())
            else:
                yield after(w.Marked(), changed=replace(released, usable=False, intent=None))
        case w.LetGo(clear_intent):
            changed = replace(released, intent=None) if ours and clear_intent else released
            yield after(w.LetGoDone() if ours or process.lease is None else w.LeaseLost(), changed=changed)
        case w.Finish():
            return


def _committed(grant: Grant, answer: Kept, spent: w.Token) -> Grant:
    old, token = grant.number(spent), answer.token
    kept = tuple(one for one in grant.candidates if one.token != token and one.token.generation >= token.generation)
    predecessor = (w.Token(w.Place.PREDECESSOR, spent.generation), old) if old is not None else grant.predecessor
    return replace(
        grant,
        generation=token.generation,
        current=answer.number,
        candidates=kept,
        predecessor=predecessor,
        unconfirmed=answer.replay,
        intent=None,
        usable=True,
        owner=None,
    )


def _request(
    world: World, index: int, process: Process, token: w.Token, reading: str, *, replay: bool
) -> Iterator[World]:
    def after(event: w.Event | None, process: Process, **more: object) -> World:
        if event is not None:
            run, act = rotation.step(process.run, event)
            process = replace(process, run=run, act=act, asked=False)
        return replace(world, processes=_put(world.processes, index, process), **more)  # type: ignore[arg-type]

    if not process.asked:
        number = world.grant.number(token)
        if number is None:
            yield after(w.Unreadable(token), process)
            return
        yield after(None, replace(process, asked=True, presented=number))
        yield after(w.NotSent(again=False), process)
        if process.lease != world.grant.fencing:
            yield after(w.LeaseLost(), process)
        return
    assert process.presented is not None
    assert process.seen is not None
    server, successor = world.server.present(process.presented, reading)
    if successor is None:
        yield after(w.GrantRefused(), process, server=server)
    else:
        kept = w.Token(w.Place.CANDIDATE, process.seen.generation + 1, f"{index}-{successor}")
        answer = Kept(kept, successor, process.lease or 0, replay)
        yield after(w.Answered(), replace(process, answer=answer), server=server)
    if world.losses:
        # The answer is lost after the server acted; or we stop listening, and the request may arrive later or never.
        adrift = tuple(sorted((*world.adrift, process.presented)))
        stray = world.stray or process.lease != world.grant.fencing
        for again in (True, False):
            yield after(w.Unanswered(again=again), process, server=server, stray=stray, losses=world.losses - 1)
            yield after(w.Unanswered(again=again), process, adrift=adrift, stray=True, losses=world.losses - 1)


def recovered(server: Server, grant: Grant, reading: str, *, after_grace: bool = False) -> bool:
    """Whether one process alone, with no further trouble, gets a token that the server gave it just now."""
    server = replace(server, grace_is_over=after_grace)
    grant = replace(grant, owner=None, predecessor=None if after_grace else grant.predecessor)
    calm = World(server, grant, ())
    for _ in range(4):
        calm, asked = _refreshed(calm, reading)
        if calm.processes[0].act != w.Finish(w.Ending.ROTATED):
            return False
        if asked:
            return calm.grant.current not in calm.server.dead
    return False


def survives(world: World, reading: str, *, confirm: bool = True) -> bool:
    """Whether a sign-in works when the grace is over, however late the requests adrift arrive.

    Args:
        world: Nobody is at work in it any more.
        reading: Of the grace rule.
        confirm: Whether a token that came of a replay is renewed once more, when all requests have arrived.
    """
    late = _settled(_arrived(_settled(world, reading, confirm=False), reading), reading, confirm=confirm)
    early = _settled(_arrived(world, reading), reading, confirm=confirm)
    return all(recovered(end.server, end.grant, reading, after_grace=True) for end in (late, early))


def _settled(world: World, reading: str, *, confirm: bool) -> World:
    """After what is done without anybody asking: noted tokens are replayed, and what came of it confirmed."""
    calm = replace(world, grant=replace(world.grant, owner=None), losses=0, kills=0, expiries=0)
    for _ in range(6):
        if calm.grant.intent is None and not (confirm and calm.grant.unconfirmed):
            break
        calm = replace(_refreshed(replace(calm, adrift=()), reading)[0], adrift=calm.adrift)
    return calm


def _arrived(world: World, reading: str) -> World:
    server = world.server
    for token in world.adrift:
        server, _ = server.present(token, reading)
    return replace(world, server=server, adrift=())


def _refreshed(calm: World, reading: str) -> tuple[World, bool]:
    """After one process alone refreshed, and whether the server answered it."""
    calm = replace(calm, processes=(fresh(calm.grant.generation),))
    asked = False
    while not isinstance(calm.processes[0].act, w.Finish):
        asked = asked or isinstance(calm.processes[0].act, w.KeepCandidate)
        # Of an undisturbed process the first move is the right one.
        calm = next(moves(calm, reading))
    return calm, asked
