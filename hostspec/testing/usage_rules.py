"""What a host promises about its profiles: who uses what, and how usages are moved."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hostspec.testing.contract_rules import require, result_of
from hostspec.testing.host_rules import HostRule
from hostspec.testing.host_subject import BRANCH, HEAD_OFFICE, HostSubject, happens
from hostspec.usages import CONNECTION_KIND, BatchRerun, Subject, UsageSwitch
from hostspec.value import UserId

if TYPE_CHECKING:
    from pathlib import Path

    from hostspec.services import HostServices
    from hostspec.testing.host_subject import HostUnderTest
    from hostspec.usages import SwitchedUsage, Usage

_FOREIGN = "contract/nobody's usage"


class HostUsageRules(HostSubject):
    """The rules about usages."""

    def test_every_usage_counts(self, tmp_path: Path) -> None:
        rule = HostRule.USAGES.value
        with self.hosting(tmp_path) as (host, services):
            _use(host)
            found = {usage.profile: usage.enabled for usage in _usages(services, HEAD_OFFICE)}
            require("Contract A" in found, rule, "An enabled profile's usage is missing.")
            require("Contract B" in found, rule, "A disabled profile's usage is missing.")
            told = found["Contract A"] is True and found["Contract B"] is False
            require(told, rule, "It does not say which profile runs.")

    def test_usages_are_of_what_was_asked_about(self, tmp_path: Path) -> None:
        rule = HostRule.USAGES_OF.value
        with self.hosting(tmp_path) as (host, services):
            _use(host)
            require(not _usages(services, BRANCH), rule, "Of a subject that nobody uses there are some.")
            strange = Subject(kind="contract-kind", subject_id=HEAD_OFFICE.subject_id)
            require(not _usages(services, strange), rule, "The kind of the subject was not looked at.")
            every = [usage.profile for usage in _usages(services, Subject(kind=CONNECTION_KIND, subject_id=""))]
            whole = {"Contract A", "Contract B"} <= set(every)
            require(whole, rule, "Asked about a whole kind, some are missing.")

    def test_a_usage_keeps_its_id(self, tmp_path: Path) -> None:
        rule = HostRule.USAGE_IDS.value
        with self.hosting(tmp_path) as (host, services):
            _use(host)
            before = [usage.usage_id for usage in _usages(services, HEAD_OFFICE)]
            require(len(set(before)) == len(before), rule, "Two usages have the same id.")
        with self.hosting(tmp_path) as (_, services):
            after = [usage.usage_id for usage in _usages(services, HEAD_OFFICE)]
            require(after == before, rule, "After a restart the ids are others.")

    def test_profiles_are_told_and_watched(self, tmp_path: Path) -> None:
        rule = HostRule.PROFILES.value
        heard = threading.Event()
        with self.hosting(tmp_path) as (host, services):
            services.profiles.watch(heard.set)
            _use(host)
            require(happens(heard), rule, "A listener did not hear of a change.")
            told = {usage.usage_id for usage in services.profiles.usages(CONNECTION_KIND)}
            asked = {usage.usage_id for usage in _usages(services, HEAD_OFFICE)}
            require(asked <= told, rule, "Profiles say something else than capture_usages.")

    def test_a_dry_run_changes_nothing(self, tmp_path: Path) -> None:
        rule = HostRule.DRY_RUN.value
        with self.hosting(tmp_path) as (host, services):
            _use(host)
            ids = [usage.usage_id for usage in _usages(services, HEAD_OFFICE)]
            results = _switch(services, ids, dry_run=True)
            would = [one.usage_id for one in results if one.switched]
            require(sorted(would) == sorted(ids), rule, "It does not say that the usages would be switched.")
            left = [usage.usage_id for usage in _usages(services, HEAD_OFFICE)]
            require(left == ids, rule, "Afterwards usages point elsewhere.")

    def test_a_switch_moves_its_own_usages_and_no_others(self, tmp_path: Path) -> None:
        rule = HostRule.SWITCH.value
        with self.hosting(tmp_path) as (host, services):
            _use(host)
            first, *others = [usage.usage_id for usage in _usages(services, HEAD_OFFICE)]
            results = _switch(services, [first, _FOREIGN])
            answered = [one.usage_id for one in results]
            require(answered == [first], rule, f"It answered for {answered}.")
            require(results[0].switched, rule, f"It was not switched: {results[0].detail}")
            moved = [usage.usage_id for usage in _usages(services, BRANCH)]
            require(moved == [first], rule, "The usage does not point to the new subject.")
            left = [usage.usage_id for usage in _usages(services, HEAD_OFFICE)]
            require(left == others, rule, "Usages that nobody named were moved too.")

    def test_what_points_elsewhere_by_now_stays(self, tmp_path: Path) -> None:
        rule = HostRule.SWITCH_STALE.value
        with self.hosting(tmp_path) as (host, services):
            _use(host)
            first = _usages(services, HEAD_OFFICE)[0].usage_id
            _switch(services, [first])
            again = _switch(services, [first])
            stale = [one for one in again if not one.switched and one.detail]
            require(len(stale) == 1, rule, "A second switch of the same usage was done again, or not explained.")

    def test_batches_of_others_are_not_run(self, tmp_path: Path) -> None:
        rule = HostRule.RERUN.value
        with self.hosting(tmp_path) as (_, services):
            rerun = BatchRerun(subject=HEAD_OFFICE, batch_ids=(_FOREIGN,), user_id=UserId("contract"))
            found = result_of(rule, "It", services.hooks.rerun_batches, rerun)
            require(not found.failed, rule, "It raised, or answered what is no result.")
            require(not found.items, rule, "It answered for a batch that is nobody's.")


def _use(host: HostUnderTest) -> None:
    host.use(HEAD_OFFICE, "Contract A", enabled=True)
    host.use(HEAD_OFFICE, "Contract B", enabled=False)


def _usages(services: HostServices, subject: Subject) -> list[Usage]:
    __tracebackhide__ = True
    return list(result_of(HostRule.USAGES.value, "It", services.hooks.usages, subject))


def _switch(services: HostServices, ids: list[str], *, dry_run: bool = False) -> list[SwitchedUsage]:
    __tracebackhide__ = True
    switch = UsageSwitch(
        subject=HEAD_OFFICE, target=BRANCH, usage_ids=tuple(ids), user_id=UserId("contract"), dry_run=dry_run
    )
    return list(result_of(HostRule.SWITCH.value, "It", services.hooks.switch_usages, switch))
