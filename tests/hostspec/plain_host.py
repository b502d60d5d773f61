"""A host that keeps every rule, made of the fakes; a broken one overrides what it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hostspec import CaptureError, UserAct
from hostspec.forms import CheckField, ChoiceField
from hostspec.hosting.open_windows import OpenDialog, OpenMessage, OpenUsage, OpenWait
from hostspec.testing import FakeClock, FakeHost, HostContract, TabDriver
from hostspec.testing.fake_host import ADMINISTRATOR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from hostspec import Subject, TabController, TableQuery, View
    from hostspec.testing.host_subject import HostUnderTest
    from hostspec.ui import Origin, Step


class Shielding:
    """A controller whose exceptions become sentences, as hosts do."""

    def __init__(self, controller: TabController) -> None:
        self._controller = controller

    def view(self, origin: Origin, query: TableQuery) -> View:
        return self._controller.view(origin, query)

    def act(self, origin: Origin, act: UserAct) -> Step:
        try:
            return self._controller.act(origin, act)
        except CaptureError:
            raise
        except Exception:
            raise CaptureError(self.what_broke()) from None

    def what_broke(self) -> str:
        return "This tab could not do it. Tell support."


class PlainWindow:
    """Reads the described values themselves."""

    def __init__(self, host: FakeHost, controller: TabController) -> None:
        self.host = host
        self.driver = TabDriver(controller, ADMINISTRATOR, changes=lambda: len(host.tab_changes))

    def read(self) -> str:
        return "\n".join(
            (*texts_in(self.driver.view.model_dump()), *(text for one in self.open_texts() for text in one))
        )

    def open_texts(self) -> Iterator[Iterator[str]]:
        for window in self.driver.windows.stack:
            match window:
                case OpenDialog(dialog=dialog):
                    yield texts_in(dialog.model_dump())
                case OpenWait(wait=wait):
                    yield texts_in(wait.model_dump())
                case OpenMessage(message=message):
                    yield texts_in(message.model_dump())
                case OpenUsage(subject=subject):
                    yield iter([one.profile for one in self.host.hooks.usages(subject)])

    def press(self, label: str) -> None:
        self.driver.press(label)

    def select(self, row: str) -> None:
        self.driver.row(row)

    def fill(self, label: str, text: str) -> None:
        match self.driver.field(label):
            case ChoiceField():
                self.driver.choose(label, text)
            case CheckField():
                self.driver.tick(label, on=text == "yes")
            case _:
                self.driver.fill(label, text)

    def escape(self) -> None:
        self.driver.escape()

    def choose_file(self, label: str, text: str) -> None:
        self.driver.choose_file(label, text)

    def search(self, text: str) -> None:
        self.driver.search(text)

    def filter(self, label: str) -> None:
        self.driver.filter(label)

    def pass_time(self) -> None:
        if isinstance(self.driver.windows.top, OpenWait):
            self.driver.continue_once()


def texts_in(value: object) -> Iterator[str]:
    """Every text inside a described value."""
    match value:
        case str():
            yield value
        case dict():
            for one in value.values():
                yield from texts_in(one)
        case tuple() | list():
            for one in value:
                yield from texts_in(one)
        case _:
            pass


class PlainHost:
    """Satisfies ``hostspec.testing.host_subject.HostUnderTest``."""

    window_kind: ClassVar[type[PlainWindow]] = PlainWindow
    shield: ClassVar[type[Shielding]] = Shielding

    def __init__(self, data_dir: Path, plugins: Mapping[str, object], used: list[tuple[Subject, str, bool]]) -> None:
        self._used = used
        self.fake = FakeHost(data_dir, plugins=plugins, clock=FakeClock(auto_advance=True))
        self.arrange(self.fake)
        for subject, profile, enabled in used:
            self.fake.profiles.use(subject, profile=profile, enabled=enabled)
        self.begin()

    def arrange(self, fake: FakeHost) -> None:
        """What is broken about the services."""

    def begin(self) -> None:
        self.fake.start()

    def stop(self) -> None:
        self.fake.stop()

    def use(self, subject: Subject, profile: str, *, enabled: bool) -> None:
        self._used.append((subject, profile, enabled))
        self.fake.profiles.use(subject, profile=profile, enabled=enabled)

    def window(self, tab_id: str) -> PlainWindow:
        (tab,) = (one for one in self.fake.hooks.tabs() if one.tab_id == tab_id)
        return self.window_kind(self.fake, self.shield(tab.controller))


class PlainContract(HostContract):
    kind: ClassVar[type[PlainHost]] = PlainHost

    def start_host(self, data_dir: Path, plugins: Mapping[str, object]) -> HostUnderTest:
        used = vars(self).setdefault("used", [])
        return self.kind(data_dir, plugins, used)
