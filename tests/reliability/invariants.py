"""What holds after every case: checked by itself for tests that carry a case id, and on call for worlds.

A pytest plugin. After such a test, once its fixtures are gone: nothing is left running, open, unfinished or open to
others (I5, I8); every error that was made is fit to be shown, and tells no secret (I1, I7). ``Site`` checks the world
that a story leaves; tests of keepers and processes call ``check_grants``, ``check_refreshes`` and the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from hostspec.errors import SENTENCE_LIMIT, CaptureError, SignInNeeded
from tests.canaries import find_marks
from tests.exemptions import is_exempt
from tests.reliability.case_table import case_of
from tests.reliability.left_overs import Process, check_data_folder, left_in_folders, left_open, left_running
from tests.told_errors import locals_of_ours

if TYPE_CHECKING:
    from sample_host.xero_simulator.control_messages import SimulatorState
    from xero_connections_plugin.oauth.grant import GrantId
    from xero_connections_plugin.oauth.token_keeper import TokenKeeper

USABLE: Final = "usable"
_CODE: Final = re.compile(r"[A-Z][A-Z_]+")
_NOT_FOR_PEOPLE: Final = re.compile(
    r"Traceback|(?i:<!doctype|</?(html|head|body|h1|p|div)\b)|\b0x[0-9a-f]{6,}|Error\(|Exception\b|\bNone\b"
)
_MOST_ERRORS: Final = 30


def wrong_with(error: CaptureError) -> list[str]:
    """What makes an error unfit to be shown, or tells a secret (I1, I7)."""
    text = str(error)
    wrong = []
    if not _CODE.fullmatch(error.code):
        wrong.append(f"I7: {error.code!r} is no code")
    if not 0 < len(text) <= SENTENCE_LIMIT:
        wrong.append(f"I7: {error.code} has a text of {len(text)} characters")
    if found := _NOT_FOR_PEOPLE.search(text):
        wrong.append(f"I7: {error.code} shows {found.group()!r} to people")
    if not text.endswith((".", "…", ".)", "?", '."')):
        wrong.append(f"I7: {error.code} does not end as a sentence does: …{text[-60:]}")
    for place, told in (("text", text), ("repr", repr(error)), ("members", repr(vars(error)))):
        wrong += [f"I1: the {place} of {error.code} tells {form}" for form in find_marks(told)]
    for where, value in locals_of_ours(error):
        wrong += [f"I1: a crash report of {error.code} tells {form} as {where}" for form in find_marks(value)]
    return wrong


def check_error(error: CaptureError) -> None:
    """I7, and I1 on it."""
    assert wrong_with(error) == []


def check_grants(keeper: TokenKeeper, grant_ids: Iterable[GrantId], use: Callable[[str], int]) -> dict[GrantId, str]:
    """I3, I10 for a keeper: each grant gives a token that the server takes, or needs sign-in; asking again is no worse.

    Args:
        keeper: Of a process that has just started, with no faults around it.
        grant_ids: The grants.
        use: Calls the API with the text of a token, and answers the HTTP status.

    Returns:
        For each grant ``USABLE`` or the code of what is needed.
    """
    return {grant_id: same_again(partial(_use_grant, keeper, grant_id, use)) for grant_id in grant_ids}


def check_refreshes(before: SimulatorState, after: SimulatorState, *, needed: int, faults: int = 0) -> None:
    """I4: as many refreshes as were needed, and at most one more per fault."""
    done = after.refreshes - before.refreshes
    assert needed <= done <= needed + faults, f"I4: {done} refreshes, {needed} were needed, {faults} faults"


def check_refusals(after: SimulatorState) -> None:
    """I9: no token was presented again after the server had refused it for good."""
    again = {name[:8]: count for name, count in after.tokens.items() if count.refused > 1}
    assert again == {}, f"I9: refused tokens were presented again: {again}"


def check_folder(data_dir: Path) -> None:
    """I8: nothing unfinished, and files for their owner only."""
    assert check_data_folder(data_dir) == []


@contextmanager
def unchanged_definitions(read: Callable[[], object]) -> Iterator[None]:
    """I2: what is read is the same afterwards."""
    before = read()
    yield
    after = read()
    assert after == before, "I2: definitions changed although no success was reported"


def _use_grant(keeper: TokenKeeper, grant_id: GrantId, use: Callable[[str], int]) -> str:
    try:
        token = keeper.access_token(grant_id)
        status = use(token.value.get_secret_value())
        if status == 401:
            token = keeper.access_token(grant_id, refused=token.generation)
            status = use(token.value.get_secret_value())
    except SignInNeeded as needed:
        check_error(needed)
        return needed.code
    assert status == 200, f"I3: the server answers {status} to a token of a grant that seems to work"
    return USABLE


def same_again(ask: Callable[[], str]) -> str:
    """I10: what is answered, and answered again."""
    first = ask()
    second = ask()
    assert second == first, f"I10: the first answer was {first}, the second {second}"
    return first


class _ErrorsMade:
    """Every error that is made while it watches; lets go of them when told, since errors hold frames alive."""

    def __init__(self) -> None:
        self._made: list[CaptureError] = []

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        make = CaptureError.__init__

        def made(error: CaptureError, *arguments: Any, **named: Any) -> None:
            make(error, *arguments, **named)
            if len(self._made) < _MOST_ERRORS:
                self._made.append(error)

        patch.setattr(CaptureError, "__init__", made)

    def take(self) -> list[str]:
        """What is wrong with them."""
        made, self._made = self._made, []
        return list(dict.fromkeys(wrong for error in made for wrong in wrong_with(error)))


_BEFORE: Final = pytest.StashKey[Process]()


class Plugin:
    """Runs the checks around every test that carries a case id."""

    def __init__(self) -> None:
        self._lasting = Process(frozenset(), frozenset(), frozenset())

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        if fixturedef.scope == "function":
            return (yield)
        # What stays for other tests too is nobody's left-over.
        before = Process.now()
        made = yield
        self._lasting |= Process.now() - before
        return made

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        if case_of(item.name):
            item.stash[_BEFORE] = Process.now()
        yield

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        if not case_of(item.name):
            yield
            return
        errors = _ErrorsMade()
        with pytest.MonkeyPatch.context() as patch:
            errors.watch(patch)
            yield
        wrong = [one for one in errors.take() if not is_exempt(item, one[:2])]
        assert wrong == [], "\n".join(wrong)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        folder = getattr(item, "funcargs", {}).get("tmp_path")
        yield
        before = item.stash.get(_BEFORE, None)
        if before is None or is_exempt(item, "I8"):
            return
        left = left_running(before | self._lasting)
        if isinstance(folder, Path):
            left += left_open(folder) + left_in_folders(folder)
        assert left == [], "I8: left behind: " + "; ".join(left)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Plugin(), "invariants")
