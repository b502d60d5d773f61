"""The sample host keeps every rule that authors of plugins are promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.testing import HostContract
from hostspec.value import ConnectionId, TypeId
from sample_host.profiles import MigrationStep, Profile
from tests.host.labelled_page import LabelledPage
from tests.host.running_host import InstalledPlugin, make_host

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hostspec.testing.host_subject import HostUnderTest, HostWindow
    from hostspec.usages import Subject
    from sample_host.app import SampleHost


class SampleHostUnderTest:
    """Satisfies ``hostspec.testing.host_subject.HostUnderTest``."""

    def __init__(self, host: SampleHost) -> None:
        self._host = host

    def stop(self) -> None:
        self._host.stop(5.0)

    def use(self, subject: Subject, profile: str, *, enabled: bool) -> None:
        # A profile that is there already, under the name that the suite gives it.
        taken = next(one for one in self._host.profiles.all() if not one.name.startswith("Contract"))
        step = MigrationStep(
            step_id="contract", name="To Xero", type_id=TypeId("xero"), connection_id=ConnectionId(subject.subject_id)
        )

        def renamed(before: Profile) -> Profile:
            return before.model_copy(update={"name": profile, "enabled": enabled, "steps": (step,)})

        self._host.profiles.change(taken.profile_id, renamed)

    def window(self, tab_id: str) -> HostWindow:
        return LabelledPage(self._host, tab_id)


class TestSampleHost(HostContract):
    def start_host(self, data_dir: Path, plugins: Mapping[str, object]) -> HostUnderTest:
        installed = (InstalledPlugin(name, plugin) for name, plugin in plugins.items())
        return SampleHostUnderTest(make_host(data_dir, *installed))
