"""Printers as shared objects: their owner, their users, and a person at the usage dialog."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hostspec.markers import hookimpl
from hostspec.testing import ADMINISTRATOR, FakeHost
from hostspec.usages import Subject, SwitchedUsage, SwitchObjection, Usage, UsageSwitch
from sample_host.kept_data import HostData
from sample_host.switch_journal import SwitchJournal
from sample_host.switch_work import SwitchWork
from sample_host.usage_desk import UsageDesk
from sample_host.usage_dialog import UsageDialog, chosen

KIND = "printer"
OLD, NEW, THIRD = (Subject(kind=KIND, subject_id=n, label=n.upper()) for n in ("old", "new", "third"))


def usage(name: str, *, host: str = "", enabled: bool = True) -> Usage:
    seen = datetime(2026, 11, 20, tzinfo=UTC) if host else None
    return Usage(
        usage_id=name, subject=OLD, profile=f"Profile {name}", step="Print", enabled=enabled, host=host, seen_at=seen
    )


@dataclass(eq=False)
class Printers:
    """Owns printers and holds references to them."""

    held: dict[str, Usage] = field(
        default_factory=lambda: {u.usage_id: u for u in (usage("a"), usage("b", enabled=False))}
    )
    targets: tuple[Subject, ...] = (NEW, THIRD)
    objections: tuple[SwitchObjection, ...] = ()
    fail_at: str = ""
    dies_at: str = ""
    is_old_gone: bool = False
    while_switching: Callable[[], None] = lambda: None
    refused: dict[str, str] = field(default_factory=dict)
    asked: list[UsageSwitch] = field(default_factory=list)

    def _maybe_fail(self, where: str) -> None:
        if self.fail_at == where:
            raise RuntimeError("a secret")

    @hookimpl
    def capture_usages(self, subject: Subject) -> Iterable[Usage]:
        self._maybe_fail("usages")
        return [u for u in self.held.values() if subject.covers(u.subject)]

    @hookimpl
    def capture_switch_usages(self, switch: UsageSwitch) -> Iterable[SwitchedUsage]:
        if not switch.dry_run:
            self._maybe_fail("switch")
            self.asked.append(switch)
            self.while_switching()
        for usage_id in switch.usage_ids:
            mine = self.held.get(usage_id)
            if mine is None or mine.host:
                continue
            if not switch.dry_run and usage_id == self.dies_at:
                raise KeyboardInterrupt
            why = self.refused.get(usage_id, "") or ("" if _same(mine.subject, switch.subject) else "Points elsewhere.")
            if not switch.dry_run and not why:
                self.held[usage_id] = mine.model_copy(update={"subject": switch.target})
            yield SwitchedUsage(usage_id=usage_id, switched=not why, detail=why)

    @hookimpl
    def capture_subject_targets(self, subject: Subject) -> Iterable[Subject]:
        self._maybe_fail("targets")
        return [
            one
            for one in (*(() if self.is_old_gone else (OLD,)), *self.targets)
            if one.subject_id != subject.subject_id
        ]

    @hookimpl
    def capture_switch_objections(self, switch: UsageSwitch) -> Iterable[SwitchObjection]:
        self._maybe_fail("objections")
        return self.objections


def _same(one: Subject, other: Subject) -> bool:
    return (one.kind, one.subject_id) == (other.kind, other.subject_id)


def make_desk(host: FakeHost) -> UsageDesk:
    """The desk as a host that starts would make it."""
    assert host.data_dir is not None
    data = HostData(host.data_dir / "host.sqlite3", host.clock.now)
    journal = SwitchJournal(data, lambda: secrets.token_hex(8), host.clock.now)
    return UsageDesk(host, journal, SwitchWork(host.data_dir / "switching"))


def planned(desk: UsageDesk, target: str = "new", *ticked: str, subject: Subject = OLD) -> UsageDialog:
    return desk.preview(ADMINISTRATOR, chosen(desk.open(ADMINISTRATOR, subject), target, frozenset(ticked)))


def switched(desk: UsageDesk, target: str = "new", *ticked: str, subject: Subject = OLD) -> UsageDialog:
    return desk.apply(ADMINISTRATOR, planned(desk, target, *ticked, subject=subject))


def undone(desk: UsageDesk, subject: Subject = OLD) -> UsageDialog:
    return desk.undo(ADMINISTRATOR, desk.open(ADMINISTRATOR, subject))


def plan_of(dialog: UsageDialog) -> dict[str, str]:
    assert dialog.plan is not None, dialog.problem
    return {row.usage.usage_id: row.text for row in dialog.plan.rows}


def results(dialog: UsageDialog) -> dict[str, str]:
    return {usage_id: result.text for usage_id, result in dialog.results}


def where(printers: Printers) -> dict[str, str]:
    return {usage_id: usage.subject.subject_id for usage_id, usage in printers.held.items()}
