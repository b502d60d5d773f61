"""A host for a terminal in which nothing is written that hosts can have ready-made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec import SERVICE_USER, FileField, Origin, Permission, UserId, hookimpl
from hostspec.forms import ActionField, CheckField, ChoiceField, Form, SecretField, TableField
from hostspec.hosting import (
    AskedAtOnce,
    FormWindow,
    Input,
    Line,
    OpenTab,
    PluginLife,
    ReadyServices,
    UsageFile,
    Values,
    below_table,
    fields_of,
    form_of,
    lines_of,
    text_of,
    typed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from hostspec import Download, Field, Notification, PluginSource, Subject, Tab
    from hostspec.hosting import Questions

ADA = UserId("ada")


def may(user_id: UserId, permission: Permission, subject: Subject | None) -> bool:
    return user_id == ADA or (user_id == SERVICE_USER and permission in (Permission.VIEW, Permission.USE))


class ReadyWindow:
    """A person in front of a tab: satisfies ``hostspec.hosting.Screen`` and ``hostspec.testing.HostWindow``."""

    def __init__(self, host: ReadyMadeHost, tab: Tab, questions: Questions) -> None:
        self.origin = Origin(user_id=ADA, user_name="Ada", window_id="w", is_local=True)
        self.said: list[str] = []
        self.files: list[Download] = []
        self.drawn: dict[FormWindow | None, Values] = {}
        self.views = 0
        self.tab = OpenTab(tab, host.services, self.origin, self, questions)
        host.windows.append(self)
        self.tab.draw()

    def show_view(self) -> None:
        self.views += 1
        self.drawn[None] = self.tab.values

    def show_windows(self) -> None:
        above = self.drawn.get(None, {})
        self.drawn = {None: above, **{one: dict(form_of(one).values) for one in self.tab.windows}}

    def values(self, window: FormWindow | None) -> Values:
        return dict(self.drawn.get(window, {}))

    def hand_out(self, file: Download) -> None:
        self.files.append(file)

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    @property
    def top(self) -> FormWindow | None:
        return next(reversed(self.tab.windows), None)

    @property
    def fields(self) -> tuple[Field, ...]:
        """Of the window on top."""
        if self.top is None:
            return tuple(fields_of(Form(fields=(*self.tab.fields, *below_table(self.tab.row)))))
        return tuple(fields_of(Form(fields=form_of(self.top).fields)))

    def read(self) -> str:
        return "\n".join(self._texts())

    def _texts(self) -> Iterator[str]:
        view = self.tab.view
        yield from (view.title, *self.said)
        yield from (f"[{one.label}] {one.disabled_reason or one.needs_row}" for one in (*view.actions, *view.more))
        yield from self._read((*self.tab.fields, *below_table(self.tab.row)), self.drawn[None])
        if view.table is not None and view.empty is None:
            yield from (one.label for one in view.table.columns)
            yield from (cell.text for row in view.table.rows for cell in row.cells)
        for one in self.tab.windows:
            form = form_of(one)
            yield form.title
            yield from self._read(form.fields, self.drawn[one])
            yield from (f"[{one.label}] {one.disabled_reason}" for one in form.buttons)

    def _read(self, fields: Iterable[Field], values: Values) -> Iterator[str]:
        for field in fields_of(Form(fields=tuple(fields))):
            if not isinstance(field, Input | TableField | ActionField):
                yield from map(told, lines_of(field))
                continue
            yield field.label
            yield from map(told, lines_of(field))
            if isinstance(field, TableField):
                yield from (one.label for one in field.columns)
                yield from (f"{cell.text} {row.problem}" for row in field.rows for cell in row.cells)
            elif isinstance(field, Input) and not isinstance(field, SecretField):
                yield text_of(values.get(field.field_id))

    def press(self, label: str) -> None:
        if self.top is None:
            for action in (*self.tab.view.actions, *self.tab.view.more):
                if action.label == label:
                    self.tab.press(action)
                    return
        buttons = form_of(self.top).buttons if self.top is not None else ()
        offered = [(one.label, one.action_id) for one in buttons]
        offered += [(one.label, one.action_id) for one in self.fields if isinstance(one, ActionField)]
        self.tab.act(self.top, next(action_id for one, action_id in offered if one == label))

    def select(self, row: str) -> None:
        assert self.tab.view.table is not None
        self.tab.selected = next(one.row_id for one in self.tab.view.table.rows if one.label == row)

    def fill(self, label: str, text: str) -> None:
        field = next(one for one in self.fields if isinstance(one, Input) and one.label == label)
        match field:
            case ChoiceField():
                chosen = next(one.value for one in field.options if one.label == text)
                self._change(field, chosen)
            case CheckField():
                self._change(field, "yes" if text == "yes" else "")
            case _:
                self._change(field, text)

    def escape(self) -> None:
        assert self.top is not None
        action_id = form_of(self.top).escape
        if action_id is not None:
            self.tab.act(self.top, action_id)

    def choose_file(self, label: str, text: str) -> None:
        self._change(next(one for one in self.fields if isinstance(one, FileField) and one.label == label), text)

    def search(self, text: str) -> None:
        self.fill(self.tab.view.search_label, text)

    def filter(self, label: str) -> None:
        self.fill("Show", label)

    def pass_time(self) -> None:
        self.tab.pass_time()

    def _change(self, field: Input, text: str) -> None:
        self.drawn[self.top][field.field_id] = typed(field, text)
        if field.on_change is not None:
            self.tab.act(self.top, field.on_change)


def told(line: Line) -> str:
    return f"{line.label} {line.text} {line.copy or ''}"


class ReadyMadeHost:
    """Satisfies ``hostspec.testing.HostUnderTest``."""

    def __init__(self, data_dir: Path, settings: Mapping[str, str], sources: Iterable[PluginSource] | None) -> None:
        self.windows: list[ReadyWindow] = []
        self.notices: list[str] = []
        self.profiles = UsageFile(data_dir / "profiles.json", step="Export")
        self.plugins = PluginLife(profiles=self.profiles, host=self)
        self.services = ReadyServices(
            host_id=self.profiles.host_id,
            host_name="Ready-made host",
            data_dir=data_dir,
            settings=settings,
            profiles=self.profiles,
            hooks=self.plugins.hooks,
            allows=may,
        )
        self.problems = self.plugins.start(self.services, sources)

    def stop(self) -> None:
        self.plugins.stop(self.services)

    def use(self, subject: Subject, profile: str, *, enabled: bool) -> None:
        self.profiles.put(profile, subject, enabled=enabled)

    def window(self, tab_id: str) -> ReadyWindow:
        tab = next(one for one in self.plugins.hooks.tabs() if one.tab_id == tab_id)
        return ReadyWindow(self, tab, AskedAtOnce())

    @hookimpl
    def capture_tab_changed(self, tab_id: str, wait_id: str | None) -> None:
        for one in self.windows:
            one.tab.hear(tab_id, wait_id)

    @hookimpl
    def capture_notify(self, notification: Notification) -> None:
        self.notices.append(notification.title)
