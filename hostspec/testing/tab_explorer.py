"""Pressing everything on a tab, the way a curious person would, and watching what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError
from hostspec.forms import SecretField
from hostspec.hosting.form_values import fields_of
from hostspec.hosting.open_windows import OpenDialog, OpenMessage, OpenUsage, OpenWait
from hostspec.testing.contract_rules import ContractViolation, answer_of, breach, require, require_step
from hostspec.testing.form_filling import NotThere
from hostspec.testing.plugin_rules import PluginRule
from hostspec.testing.tab_driver import TabDriver
from hostspec.ui import TableQuery, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hostspec.testing.fake_host import FakeHost
    from hostspec.ui import Origin, Step, Tab, TabController, UserAct

TYPED_SECRET: Final = "typed-into-a-secret-field"
_MOST_WINDOWS: Final = 12


class WatchedController:
    """A tab's controller, whose answers are held to the contract."""

    def __init__(self, controller: TabController) -> None:
        self._controller = controller

    def view(self, origin: Origin, query: TableQuery) -> View:
        """The view, once it fits the query.

        Raises:
            ContractViolation: It does not.
            CaptureError: The person may not see it.
        """
        rule = PluginRule.VIEW.value
        view = answer_of(rule, "It", self._controller.view, origin, query)
        if isinstance(view, CaptureError):
            raise view
        require_view(view, query)
        return view

    def act(self, origin: Origin, act: UserAct) -> Step:
        """The step, once any host can draw it.

        Raises:
            ContractViolation: It is none.
            CaptureError: What the plugin says is wrong.
        """
        what = f"The act {act.action_id!r}"
        step = answer_of(PluginRule.ACT.value, what, self._controller.act, origin, act)
        if isinstance(step, CaptureError):
            raise step
        return require_step(step, PluginRule.ACT.value, what)


def require_view(view: object, query: TableQuery) -> None:
    """Insist that a view fits what was asked for.

    Raises:
        ContractViolation: It does not.
    """
    __tracebackhide__ = True
    rule = PluginRule.VIEW.value
    if not isinstance(view, View):
        breach(rule, f"It answered {type(view).__name__} instead of a View.")
    try:
        whole = View.model_validate_json(view.model_dump_json(warnings="error"))
    except ValueError:
        breach(rule, "The view does not survive JSON.")
    require(whole == view, rule, "The view does not survive JSON.")
    require(view.title.strip(), rule, "The view has no title.")
    if view.table is None:
        return
    table = view.table
    ids = [row.row_id for row in table.rows]
    require(len(set(ids)) == len(ids), rule, "Two rows have the same id.")
    require(len(ids) <= query.limit, rule, f"There are {len(ids)} rows, although {query.limit} were asked for.")
    require(table.total >= len(ids), rule, f"{len(ids)} rows are shown of a total of {table.total}.")
    fits = all(len(row.cells) == len(table.columns) for row in table.rows)
    require(fits, rule, "A row has not as many cells as the table has columns.")
    mended = table.query.offset < max(table.total, 1)
    require(mended, rule, f"An offset of {table.query.offset} past the end ({table.total} rows) comes back unmended.")


def explore(host: FakeHost, tab: Tab, origin: Origin) -> Iterator[TabDriver]:
    """Press every button of a tab, without a row and with the first one; yields the driver of each try, at its end.

    What opens is looked at and closed again; typed secrets hold ``TYPED_SECRET``. Whatever a button does beyond
    opening windows is done.

    Raises:
        ContractViolation: An answer breaks the contract.
    """
    controller = WatchedController(tab.controller)

    def open_tab() -> TabDriver:
        return TabDriver(
            controller, origin, changes=lambda: sum(change.tab_id == tab.tab_id for change in host.tab_changes)
        )

    first = open_tab()
    for row in (None, *first.rows[:1]):
        chosen = open_tab()
        if row is not None:
            chosen.row(row)
        for label, reason in [*chosen.buttons.items(), *chosen.more.items()]:
            driver = open_tab()
            if row is not None:
                driver.row(row)
            if not reason:
                _press(driver, label)
            yield driver


def _press(driver: TabDriver, label: str) -> None:
    tried: set[tuple[str, str]] = set()
    try:
        driver.press(label)
        for _ in range(_MOST_WINDOWS):
            if driver.windows.top is None:
                return
            _close(driver, tried)
    except NotThere as missing:
        breach(PluginRule.ACT.value, f'After the button "{label}" a person finds no way on: {missing}')
    except ContractViolation:
        raise
    except AssertionError as broken:
        breach(PluginRule.ACT.value, f'The button "{label}" leads to what cannot be drawn: {broken}')
    breach(PluginRule.ACT.value, f'What the button "{label}" opened cannot be closed again.')


def _close(driver: TabDriver, tried: set[tuple[str, str]]) -> None:
    match driver.windows.top:
        case OpenDialog(dialog=dialog):
            for field in fields_of(dialog.form):
                if isinstance(field, SecretField) and not field.disabled_reason:
                    driver.fill(field.label, TYPED_SECRET)
            if isinstance(driver.windows.top, OpenDialog):
                driver.escape()
        case OpenMessage(message=box):
            # The mildest button first; another one where that led back here ("Keep editing", then "Discard").
            mildest = sorted(box.buttons, key=lambda one: (one.destructive, one.action_id is not None))
            fresh = [one.label for one in mildest if (box.title, one.label) not in tried]
            pressed = [*fresh, *(one.label for one in mildest)][0]
            tried.add((box.title, pressed))
            driver.press(pressed)
        case OpenWait() | OpenUsage():
            driver.escape()
        case None:
            pass
