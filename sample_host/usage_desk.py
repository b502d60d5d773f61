"""The host's standard dialog "Usage" at work: who points to a shared object, and moving them to another one.

The same for every kind of object; it knows them through hooks only. A switch is a plan first: what would change, row
by row, with everything that speaks against it. It is written down before and after, so that it can be taken back.
"""

from contextlib import suppress
from dataclasses import replace

from hostspec.errors import CaptureError
from hostspec.permissions import Permission
from hostspec.services import HostServices
from hostspec.ui import Origin
from hostspec.usages import Subject, Usage, UsageSwitch
from sample_host.last_switch import LastSwitch, Standing, Where, look_at
from sample_host.switch_journal import SwitchedPlace, SwitchJournal, SwitchRecord
from sample_host.switch_work import SwitchWork
from sample_host.usage_dialog import ResultKind, UsageDialog, chosen
from sample_host.usage_plan import Impossible, Plan, make_plan
from sample_host.usage_words import left_alone, obstacle, result_of

_UNDER_WAY = "This switch is being carried out right now. Look again in a moment."


class UsageDesk:
    """Opens the dialog and does what people choose in it. Any thread may call.

    Args:
        host: Asked through its hooks, and for permission.
        journal: Remembers what was switched.
        work: Knows what is being switched right now.
    """

    def __init__(self, host: HostServices, journal: SwitchJournal, work: SwitchWork) -> None:
        self._host = host
        self._journal = journal
        self._work = work

    def open(self, origin: Origin, subject: Subject) -> UsageDialog:
        """The dialog as it opens.

        A person who may not see usages, or a plugin that did not answer, shows as a reason in ``blocked``.
        """
        if not self._host.is_allowed(origin.user_id, Permission.VIEW, subject):
            return UsageDialog(subject, (), (), blocked="Your user may not see who uses this. An administrator can.")
        usages = self._host.hooks.usages(subject)
        targets = self._host.hooks.subject_targets(subject)
        may_switch = self._host.is_allowed(origin.user_id, Permission.SWITCH, subject)
        failed = tuple(dict.fromkeys((*usages.failed, *targets.failed)))
        return UsageDialog(
            subject=subject,
            usages=usages.items,
            targets=targets.items,
            incomplete=incomplete_sentence(usages.failed),
            lacking=self._lacking(origin, subject, usages.items),
            blocked=obstacle(subject, usages, targets, failed, may_switch=may_switch),
            last=self._last(subject) if may_switch and not failed else None,
        )

    def _lacking(self, origin: Origin, subject: Subject, usages: tuple[Usage, ...]) -> tuple[tuple[str, str], ...]:
        """What speaks against usages of the very object that they point to already."""
        needing = tuple(usage.usage_id for usage in usages if usage.needs)
        if not needing or not subject.subject_id:
            return ()
        staying = UsageSwitch(
            subject=subject,
            target=subject,
            usage_ids=needing,
            user_id=origin.user_id,
            user_name=origin.user_name,
            dry_run=True,
        )
        objections = self._host.hooks.switch_objections(staying)
        return tuple((one.usage_id, one.text) for one in objections if one.usage_id is not None)

    def preview(self, origin: Origin, dialog: UsageDialog) -> UsageDialog:
        """What switching the ticked usages would do, or all that were found when none is ticked."""
        now = self._again(origin, dialog)
        if now.blocked:
            return now
        target = now.target
        if target is None:
            return replace(now, problem=f"Choose which {now.kind_text} to switch to first.")
        wanted = tuple(
            u for u in (now.usages if now.ticked else now.found) if not now.ticked or u.usage_id in now.ticked
        )
        if not wanted or not dialog.ticked <= {usage.usage_id for usage in wanted}:
            return replace(now, problem="What was chosen points elsewhere by now. Look at the list again.")
        try:
            return replace(now, plan=make_plan(self._host, origin, now.subject, target, wanted))
        except Impossible as why:
            return replace(now, problem=str(why))

    def apply(self, origin: Origin, dialog: UsageDialog) -> UsageDialog:
        """Do what the plan says, unless it would be another one by now: then that is shown first."""
        shown = dialog.plan
        if shown is None:
            return self.preview(origin, dialog)
        if dialog.finishes:
            again = self.finish(origin, dialog)
        else:
            chosen = frozenset(row.usage.usage_id for row in shown.rows)
            again = self.preview(origin, replace(dialog, ticked=chosen))
        plan = again.plan
        if plan is None:
            return again
        if plan.essence != shown.essence:
            return replace(again, problem="Something changed meanwhile. Nothing was switched; look at it again.")
        if not plan.moving:
            return replace(again, problem="Nothing can be switched.")
        resumed = again.last if again.finishes else None
        switch_id = resumed.record.switch_id if resumed is not None else self._journal.new_id()
        with self._work.on(switch_id) as is_ours:
            if not is_ours or (resumed is not None and self._journal.last(again.subject) != resumed.record):
                return replace(again, plan=None, problem=_UNDER_WAY)
            if resumed is not None:
                record, before = resumed.record, resumed.at(Where.MOVED)
            else:
                try:
                    usages = [row.usage for row in plan.moving]
                    record = self._journal.begin(origin, again.subject, plan.target, usages, switch_id=switch_id)
                except CaptureError as problem:
                    return replace(again, problem=f"Nothing was switched. {problem}")
                before = ()
            done = self._carry_out(origin, again, plan, record, frozenset(place.usage_id for place in before))
        self._work.forget_others(self._journal.known())
        return replace(done, last=self._last(done.subject))

    def _carry_out(
        self, origin: Origin, dialog: UsageDialog, plan: Plan, record: SwitchRecord, before: frozenset[str]
    ) -> UsageDialog:
        order = UsageSwitch(
            subject=record.subject,
            target=plan.target,
            usage_ids=tuple(row.usage.usage_id for row in plan.moving),
            user_id=origin.user_id,
            user_name=origin.user_name,
        )
        answers = self._host.hooks.switch_usages(order)
        told = {answer.usage_id: answer for answer in answers}
        results = tuple((row.usage.usage_id, result_of(row, plan.target, told)) for row in plan.rows)
        moved = frozenset(usage_id for usage_id, result in results if result.kind is ResultKind.SWITCHED)
        if not answers.failed:
            # Who failed may have moved some all the same, so only a look at each place says what became of it; where
            # this cannot be written, too.
            with suppress(CaptureError):
                self._journal.end(record, before | moved)
        return replace(
            dialog,
            plan=None,
            finishes=False,
            target_id="",
            results=results,
            ticked=frozenset(),
            problem=f"{' and '.join(answers.failed)} failed; see each line for what was switched."
            if answers.failed
            else "",
            done=f"{len(moved)} of {len(results)} switched to {plan.target.label}.",
        )

    def finish(self, origin: Origin, dialog: UsageDialog) -> UsageDialog:
        """What would be switched to finish the last switch, which was interrupted: a plan like any other."""
        now = self.open(origin, dialog.subject)
        last = now.last
        if last is None or dialog.last is None or last.record.switch_id != dialog.last.record.switch_id:
            return replace(now, problem=now.blocked or "Another switch came after this one. Nothing was switched.")
        if not last.can_finish:
            return replace(now, problem="Nothing is left of this switch. Look at the list again.")
        record = last.record
        targets = self._host.hooks.subject_targets(record.subject)
        if not any(one.subject_id == record.target.subject_id for one in targets):
            return replace(now, problem=f"{last.target} cannot be chosen any more, so nothing was switched.")
        left = {place.usage_id for place in last.at(Where.LEFT)}
        wanted = tuple(usage for usage in self._host.hooks.usages(record.subject) if usage.usage_id in left)
        try:
            plan = make_plan(self._host, origin, record.subject, record.target, wanted)
        except Impossible as why:
            return replace(now, problem=str(why))
        return replace(now, plan=plan, finishes=True)

    def undo(self, origin: Origin, dialog: UsageDialog) -> UsageDialog:
        """Take the last switch back, except what was changed since."""
        last = self._last(dialog.subject, closely=True)
        if last is None or dialog.last is None or last.record.switch_id != dialog.last.record.switch_id:
            return replace(
                self._again(origin, dialog), problem="Another switch came after this one. Nothing was undone."
            )
        if last.standing is Standing.UNDER_WAY:
            return replace(self._again(origin, dialog), problem=_UNDER_WAY)
        record = last.record
        for subject in (record.subject, record.target):
            if not self._host.is_allowed(origin.user_id, Permission.SWITCH, subject):
                return replace(dialog, problem="Your user may not switch usages. An administrator can.")
        there = self._host.hooks.usages(record.target)
        back = self._host.hooks.subject_targets(record.target)
        failed = tuple(dict.fromkeys((*there.failed, *back.failed)))
        if failed or not last.can_undo:
            who = " and ".join(failed) or "somebody"
            return replace(dialog, problem=f"Nothing was undone, because {who} did not answer.")
        if not any(one.subject_id == record.subject.subject_id for one in back):
            return replace(dialog, problem=f"{last.source} no longer exists, so nothing was undone.")
        with self._work.on(record.switch_id) as is_ours:
            if not is_ours or self._journal.last(dialog.subject) != record:
                return replace(dialog, problem=_UNDER_WAY)
            try:
                record = self._journal.begin_undo(record)
            except CaptureError as problem:
                return replace(dialog, problem=f"Nothing was undone. {problem}")
            kept, moved, failed = self._move_back(origin, last, record)
        now = self.open(origin, dialog.subject)
        not_back = len(last.at(Where.MOVED)) - moved
        if failed and not_back:
            return replace(
                now,
                done=_undone(moved, last) if moved else "",
                problem=f"{' and '.join(failed)} failed. {not_back} could not be brought back; undo it again.",
            )
        return replace(
            now,
            done=_undone(moved, last) if last.standing is not Standing.NOTHING_MOVED else "Nothing had been switched.",
            problem=left_alone(kept, last.at(Where.GONE)),
        )

    def _move_back(
        self, origin: Origin, last: LastSwitch, record: SwitchRecord
    ) -> tuple[tuple[SwitchedPlace, ...], int, tuple[str, ...]]:
        """Switch back what points to the target; answers what stays elsewhere, how many were moved, and who failed."""
        wanted = last.at(Where.MOVED)
        moved: set[str] = set()
        failed: tuple[str, ...] = ()
        if wanted:
            order = UsageSwitch(
                subject=record.target,
                target=record.subject,
                usage_ids=tuple(place.usage_id for place in wanted),
                user_id=origin.user_id,
                user_name=origin.user_name,
            )
            answers = self._host.hooks.switch_usages(order)
            moved, failed = {answer.usage_id for answer in answers if answer.switched}, answers.failed
        if not failed:
            with suppress(CaptureError):
                self._journal.undone(record)
        # What an interrupted switch had not come to, or an interrupted undo had, is where it should be.
        stays = tuple(
            place
            for place, where in last.places
            if where in {Where.MOVED, Where.ELSEWHERE} and place.usage_id not in moved
        )
        return stays, len(moved), failed

    def _last(self, subject: Subject, *, closely: bool = False) -> LastSwitch | None:
        record = self._journal.last(subject)
        if record is None:
            return None
        # What another window is about right now, of this process or another, is no left-over.
        if self._work.is_under_way(record.switch_id):
            return LastSwitch(record, Standing.UNDER_WAY)
        return look_at(self._host, record, closely=closely)

    def _again(self, origin: Origin, dialog: UsageDialog) -> UsageDialog:
        """The dialog as it would open now, with what the person chose."""
        return chosen(
            self.open(origin, dialog.subject),
            dialog.target_id,
            dialog.ticked,
            search=dialog.search,
            offset=dialog.offset,
        )


def _undone(moved: int, last: LastSwitch) -> str:
    return f"Undone: {moved} {'uses' if moved == 1 else 'use'} {last.source} again."


def incomplete_sentence(failed: tuple[str, ...]) -> str:
    """That a list of usages may lack somebody; empty when it does not."""
    if not failed:
        return ""
    return f"This list may be incomplete, because {' and '.join(failed)} did not answer."
