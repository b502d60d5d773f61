"""For authors of hosts and plugins: a fake host with all services under control, and a driver for tabs."""

from hostspec.testing.fake_batches import FakeBatches
from hostspec.testing.fake_clock import FakeClock
from hostspec.testing.fake_host import ADMINISTRATOR, FakeHost, TabChange
from hostspec.testing.fake_tasks import FakeTask, FakeTasks, TaskMode
from hostspec.testing.fakes import FakeBrowser, FakePermissions, FakeProfiles, Log
from hostspec.testing.form_filling import Disabled, NotThere
from hostspec.testing.host_contract import HostContract
from hostspec.testing.host_subject import HostUnderTest, HostWindow
from hostspec.testing.plugin_contract import PluginContract
from hostspec.testing.provider_contract import ProviderContract
from hostspec.testing.tab_driver import TabDriver
from hostspec.testing.tab_screen import TabScreen

__all__ = [
    "ADMINISTRATOR",
    "Disabled",
    "FakeBatches",
    "FakeBrowser",
    "FakeClock",
    "FakeHost",
    "FakePermissions",
    "FakeProfiles",
    "FakeTask",
    "FakeTasks",
    "HostContract",
    "HostUnderTest",
    "HostWindow",
    "Log",
    "NotThere",
    "PluginContract",
    "ProviderContract",
    "TabChange",
    "TabDriver",
    "TabScreen",
    "TaskMode",
]
