"""Hosts that tools may act in, for tests: one where people may only look, and some that cannot be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.permissions import Permission
from hostspec.testing import ADMINISTRATOR, FakeHost
from hostspec.tool_hosts import SwitchPlan, ToolRequest
from hostspec.value import UserId
from tests.canaries import canary
from xero_connections_plugin.plugin import XeroConnectionsPlugin

if TYPE_CHECKING:
    from hostspec.ui import Origin
    from hostspec.usages import Subject


class HalfUndone:
    """``hostspec.tool_hosts.UsageSwitches`` whose last switch can be taken back in part only."""

    def plan(self, origin: Origin, subject: Subject, target: Subject, usage_ids: frozenset[str]) -> SwitchPlan:
        return SwitchPlan(subject=subject, target=target, obstacles=("Nothing is to be switched here.",))

    def apply(self, origin: Origin, shown: SwitchPlan) -> SwitchPlan:
        return shown

    def undo(self, origin: Origin, subject: Subject) -> SwitchPlan:
        return SwitchPlan(subject=subject, target=None, warnings=("Left alone: Bills.",), result="Undone: 1 of 2.")


class StrictHost:
    """``hostspec.tool_hosts.ToolHost`` around a fake host."""

    def __init__(self, request: ToolRequest, plugins: dict[str, object]) -> None:
        self._host = FakeHost(request.data_dir, plugins=plugins)
        person = UserId("visitor")
        self._host.permissions.allow(person, Permission.VIEW)
        self._host.permissions.allow(person, Permission.USE)
        self._host.start()
        self.origin: Origin = ADMINISTRATOR.model_copy(update={"user_id": person, "window_id": request.window_id})
        self.switches: HalfUndone | None = None
        self.notices: tuple[str, ...] = ("The host is closed to visitors.",)

    @property
    def services(self) -> FakeHost:
        return self._host

    def close(self) -> None:
        self._host.stop()


def make_host(request: ToolRequest) -> StrictHost:
    """People may look and use, not change."""
    return StrictHost(request, {"xero-connections": XeroConnectionsPlugin(is_unattended=False)})


def make_half_undoing_host(request: ToolRequest) -> StrictHost:
    """Its last switch can be taken back in part only."""
    host = make_host(request)
    host.switches = HalfUndone()
    return host


def make_tabless_host(request: ToolRequest) -> StrictHost:
    """The plugin is not installed there."""
    return StrictHost(request, {})


def make_broken_host(request: ToolRequest) -> StrictHost:
    """Nothing comes of it."""
    raise RuntimeError(f"no host for {request.window_id}")


class _FaultyHost(StrictHost):
    """Breaks where nobody expects it, with a secret on its lips."""

    @property
    def notices(self) -> tuple[str, ...]:
        raise ZeroDivisionError(canary("quoted by a fault"))

    @notices.setter
    def notices(self, told: tuple[str, ...]) -> None:
        """What it would have told."""


def make_faulty_host(request: ToolRequest) -> StrictHost:
    """It starts, and breaks later."""
    return _FaultyHost(request, {"xero-connections": XeroConnectionsPlugin(is_unattended=False)})
