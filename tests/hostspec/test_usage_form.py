"""The ready-made usage dialog: who uses a subject, and a switch that nobody objects to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hostspec import (
    CONNECTION_KIND,
    Close,
    Origin,
    Permission,
    Severity,
    ShowDialog,
    ShowMessage,
    Subject,
    SwitchedUsage,
    SwitchObjection,
    TableField,
    Usage,
    UserAct,
    UserId,
    hookimpl,
)
from hostspec.hosting import USAGE_DIALOG, PluginLife, ReadyServices, UsageFile, UsageForm

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hostspec import UsageSwitch
    from hostspec.ui import Dialog

HEAD_OFFICE = Subject(kind=CONNECTION_KIND, subject_id="c1", label="Head office")
BRANCH = Subject(kind=CONNECTION_KIND, subject_id="c2", label="Branch")
ADA = Origin(user_id=UserId("ada"), user_name="Ada", window_id="w", is_local=True)
EVE = ADA.model_copy(update={"user_id": UserId("eve")})
ZOE = ADA.model_copy(update={"user_id": UserId("zoe")})


class Owner:
    """A plugin that owns both subjects."""

    def __init__(self) -> None:
        self.objections: list[SwitchObjection] = []
        self.others = [BRANCH]
        self.is_broken = False

    @hookimpl
    def capture_subject_targets(self, subject: Subject) -> Iterable[Subject]:
        if self.is_broken:
            raise RuntimeError("a secret")
        return [one for one in self.others if one.subject_id != subject.subject_id]

    @hookimpl
    def capture_switch_objections(self, switch: UsageSwitch) -> Iterable[SwitchObjection]:
        assert switch.dry_run
        return self.objections


class Elsewhere:
    """A plugin that holds a usage of its own and cannot switch it."""

    def __init__(self) -> None:
        self.is_readable = True

    @hookimpl
    def capture_usages(self, subject: Subject) -> Iterable[Usage]:
        if not self.is_readable:
            raise RuntimeError("a secret")
        return [Usage(usage_id="elsewhere/1", subject=HEAD_OFFICE, profile="Orders", step="Export", enabled=True)]

    @hookimpl
    def capture_switch_usages(self, switch: UsageSwitch) -> Iterable[SwitchedUsage]:
        self.is_readable = False
        raise RuntimeError("a secret")


WHY_NOT = "no such person"


def may(user_id: UserId, permission: Permission, subject: Subject | None) -> bool:
    if user_id == EVE.user_id:
        raise RuntimeError(WHY_NOT)
    return user_id == ADA.user_id or permission is Permission.VIEW


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def held(tmp_path: Path) -> UsageFile:
    profiles = UsageFile(tmp_path / "profiles.json", step="Export")
    profiles.put("Receipts", HEAD_OFFICE)
    profiles.put("Bills", HEAD_OFFICE, enabled=False)
    return profiles


@pytest.fixture
def form(tmp_path: Path, owner: Owner, held: UsageFile) -> UsageForm:
    return form_with(PluginLife(profiles=held, owner=owner), tmp_path, held)


def form_with(life: PluginLife, tmp_path: Path, held: UsageFile) -> UsageForm:
    services = ReadyServices(
        host_id=held.host_id,
        host_name="Host",
        data_dir=tmp_path,
        profiles=held,
        hooks=life.hooks,
        allows=may,
    )
    return UsageForm(services)


def opened(form: UsageForm, origin: Origin = ADA) -> Dialog:
    return form.open(origin, HEAD_OFFICE).dialog


def switched(form: UsageForm, *usage_ids: str, target: str = "c2", act: str = "switch", by: Origin = ADA) -> Dialog:
    values = {"usages": usage_ids, "target": target}
    step = form.act(by, UserAct(action_id=act, dialog_id=USAGE_DIALOG, values=values))
    assert isinstance(step, ShowDialog)
    return step.dialog


def users_of(held: UsageFile, subject: Subject) -> set[str]:
    return {one.profile for one in held.usages(CONNECTION_KIND) if one.subject.subject_id == subject.subject_id}


def test_everybody_who_uses_it_is_listed_and_ticked(form: UsageForm) -> None:
    dialog = opened(form)
    table = dialog.form.fields[0]
    assert isinstance(table, TableField)
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Bills", "Export", "Here"],
        ["Receipts", "Export", "Here"],
    ]
    assert set(table.value) == {row.row_id for row in table.rows}
    assert (dialog.title, dialog.primary.disabled_reason) == ("Usage of Head office", "")


def test_what_is_ticked_is_switched_and_nothing_else(form: UsageForm, held: UsageFile) -> None:
    opened(form)
    dialog = switched(form, f"{held.host_id}/Bills")
    assert dialog.intro == "1 profile uses Branch now."
    assert (users_of(held, HEAD_OFFICE), users_of(held, BRANCH)) == ({"Receipts"}, {"Bills"})
    assert [one.enabled for one in held.usages(CONNECTION_KIND) if one.profile == "Bills"] == [False]


def test_nothing_is_switched_before_a_choice(form: UsageForm, held: UsageFile) -> None:
    opened(form)
    assert "Tick at least one profile" in switched(form).intro
    assert "Tick at least one profile" in switched(form, f"{held.host_id}/Bills", target="").intro
    assert users_of(held, BRANCH) == set()


def test_an_owner_may_block(form: UsageForm, owner: Owner, held: UsageFile) -> None:
    owner.objections = [SwitchObjection(severity=Severity.BLOCK, text="Branch is signed out.")]
    opened(form)
    assert switched(form, f"{held.host_id}/Bills").intro == "Branch is signed out."
    assert switched(form, f"{held.host_id}/Bills", act="switch_anyway").intro == "Branch is signed out."
    assert users_of(held, BRANCH) == set()


def test_a_warning_is_shown_first(form: UsageForm, owner: Owner, held: UsageFile) -> None:
    owner.objections = [SwitchObjection(severity=Severity.WARN, text="Branch is another company.")]
    opened(form)
    values = {"usages": (f"{held.host_id}/Bills",), "target": "c2"}
    asked = form.act(ADA, UserAct(action_id="switch", dialog_id=USAGE_DIALOG, values=values))
    assert isinstance(asked, ShowMessage)
    assert asked.message.text == "Branch is another company."
    assert (asked.message.dialog_id, users_of(held, BRANCH)) == (USAGE_DIALOG, set())
    (sure,) = (one.action_id for one in asked.message.buttons if one.action_id is not None)
    assert "1 profile uses Branch now." in switched(form, *values["usages"], act=sure).intro
    assert users_of(held, BRANCH) == {"Bills"}


def test_what_points_elsewhere_by_now_stays_and_says_why(form: UsageForm, held: UsageFile) -> None:
    opened(form)
    held.put("Bills", Subject(kind=CONNECTION_KIND, subject_id="c3", label="Third"))
    said = switched(form, f"{held.host_id}/Bills", f"{held.host_id}/Receipts").intro
    assert said == "1 profile uses Branch now. It points to something else by now."


def test_where_nothing_was_switched_it_says_so(form: UsageForm, held: UsageFile) -> None:
    opened(form)
    held.put("Bills", Subject(kind=CONNECTION_KIND, subject_id="c3", label="Third"))
    said = switched(form, f"{held.host_id}/Bills").intro
    assert said.startswith("Nothing was switched. It points to something else by now.")


def test_who_did_not_answer_a_switch_is_named_beside_what_was_switched(
    tmp_path: Path, owner: Owner, held: UsageFile
) -> None:
    form = form_with(PluginLife(profiles=held, owner=owner, elsewhere=Elsewhere()), tmp_path, held)
    opened(form)
    dialog = switched(form, f"{held.host_id}/Bills", "elsewhere/1")
    assert dialog.intro == (
        "1 profile uses Branch now. elsewhere did not answer; look at the list again. "
        "elsewhere did not answer, so the list may be incomplete. Nothing can be switched now."
    )
    assert dialog.primary.disabled_reason.startswith("elsewhere did not answer")


def test_where_nobody_answered_a_switch_no_count_is_told(tmp_path: Path, owner: Owner, held: UsageFile) -> None:
    form = form_with(PluginLife(profiles=held, owner=owner, elsewhere=Elsewhere()), tmp_path, held)
    opened(form)
    assert switched(form, "elsewhere/1").intro.startswith("elsewhere did not answer; look at the list again.")


def test_without_an_answer_of_everybody_nothing_is_switched(form: UsageForm, owner: Owner, held: UsageFile) -> None:
    owner.is_broken = True
    reason = opened(form).primary.disabled_reason
    assert reason == "owner did not answer, so the list may be incomplete. Nothing can be switched now."
    assert "Tick at least one profile" in switched(form, f"{held.host_id}/Bills").intro
    assert users_of(held, BRANCH) == set()


def test_without_another_one_it_says_so(form: UsageForm, owner: Owner) -> None:
    owner.others = []
    assert opened(form).primary.disabled_reason.startswith("There is nothing else to switch to.")


def test_what_nobody_uses_says_so(form: UsageForm, held: UsageFile) -> None:
    held.put("Bills", None)
    held.put("Receipts", None)
    assert opened(form).primary.disabled_reason == "No profile uses it."


def test_who_may_only_look_can_only_look(form: UsageForm, held: UsageFile) -> None:
    assert "not switch them" in opened(form, ZOE).primary.disabled_reason
    assert "not switch them" in switched(form, f"{held.host_id}/Bills", by=ZOE).intro
    assert users_of(held, BRANCH) == set()


def test_an_exception_is_a_refusal_that_the_log_names(form: UsageForm, caplog: pytest.LogCaptureFixture) -> None:
    dialog = opened(form, EVE)
    assert dialog.form.fields == ()
    assert dialog.primary.disabled_reason.startswith("Your user may not see who uses this.")
    assert {(one.name, one.levelname) for one in caplog.records} == {("hostspec", "ERROR")}
    assert "permission view failed: RuntimeError." in caplog.text
    assert WHY_NOT not in caplog.text, "what it says may be a secret"


def test_it_can_be_closed(form: UsageForm) -> None:
    opened(form)
    assert form.act(ADA, UserAct(action_id="close", dialog_id=USAGE_DIALOG)) == Close()
