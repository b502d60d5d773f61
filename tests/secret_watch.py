"""After every test: does a secret stand anywhere it does not belong?

A pytest plugin. All secrets of tests hold a mark (``tests.canaries``), so whatever a test left behind can be searched
for any of them: log records of all loggers at every level, captured output, reports, files below its ``tmp_path``,
arguments and environments of the processes it started, and at the end whatever else stands in the base directory.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.canaries import find_marks, find_marks_in_file
from tests.exemptions import is_exempt
from tests.told_errors import locals_of_ours

if TYPE_CHECKING:
    pass

KEY_FILES: Final = "*.key"
"""Where a data key lies because the installation wanted it to lie in a file."""

_SIGN_IN_ADDRESS: Final = re.compile(r"https?://[^\s\"'<>]*[?&;]code_challenge=[^\s\"'<>]*")
_GIVEN_IN_THE_ENVIRONMENT: Final = frozenset({"XERO_CONNECTIONS_KEY", "XERO_CONNECTIONS_DATABASE_URL"})
_FINDINGS: Final = "secret_findings"


def without_sign_in_addresses(shown: str) -> str:
    """What was shown to a person, without the addresses that they themselves are to open: these hold the state."""
    return _SIGN_IN_ADDRESS.sub("", shown)


def marks_in_command(arguments: Sequence[object], environment: Mapping[Any, Any] | None) -> list[str]:
    """Where in the arguments and the environment of a program a secret stands; those it is given in are exempt."""
    places = [f"argument {place}" for place, one in enumerate(arguments) if _holds_mark(one)]
    for name, value in (environment or {}).items():
        if os.fsdecode(name) not in _GIVEN_IN_THE_ENVIRONMENT and _holds_mark(value):
            places.append(f"environment variable {os.fsdecode(name)}")
    return places


def _holds_mark(text: object) -> bool:
    return bool(find_marks(without_sign_in_addresses(os.fsdecode(text) if isinstance(text, bytes) else str(text))))


class SecretWatch(logging.Handler):
    """Collects what it finds until somebody takes it; never keeps a secret itself."""

    def __init__(self) -> None:
        super().__init__(level=0)
        self._found: list[str] = []
        self.searched: set[Path] = set()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            told = [record.getMessage(), repr(record.args)]
        except Exception:  # a record that cannot be told is logging's own trouble
            told = []
        if record.exc_info and record.exc_info[1] is not None:
            told += [
                str(record.exc_info[1]),
                repr(record.exc_info[1]),
                *(value for _, value in locals_of_ours(record.exc_info[1])),
            ]
        for text in told:
            for form in find_marks(text):
                self._found.append(f"log of {record.name}, {record.pathname}:{record.lineno}: {form}")

    def see_process(self, event: str, given: tuple[Any, ...]) -> None:
        """An audit hook: what is started, and with which environment."""
        if event in ("subprocess.Popen", "os.exec", "os.posix_spawn"):
            arguments, environment = (given[1], given[3]) if event == "subprocess.Popen" else (given[1], given[2])
            arguments = [arguments] if isinstance(arguments, str | bytes) else list(arguments)
            environment = os.environ if environment is None else environment
            program = os.fsdecode(arguments[0]) if arguments else "?"
            self._found += [f"{place} of {program}" for place in marks_in_command(arguments, environment)]

    def search_folder(self, folder: Path) -> None:
        """Search every file below it, and every name."""
        self.searched.add(folder)
        for parent, folders, names in os.walk(folder):
            here = Path(parent)
            folders[:] = [name for name in folders if here / name not in self.searched]
            for path in (here / name for name in names):
                if path.is_file() and not path.is_symlink() and not path.match(KEY_FILES):
                    self._found += [f"{path}: {form}" for form in find_marks_in_file(path)]
                self._found += [f"a file name below {here}: {form}" for form in find_marks(path.name)]

    def search_text(self, place: str, text: str) -> None:
        self._found += [f"{place}: {form}" for form in find_marks(text)]

    def take(self) -> list[str]:
        """What was found since the last time."""
        found, self._found = list(dict.fromkeys(self._found)), []
        return found


class Plugin:
    """Puts the watch to work."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._watch = SecretWatch()
        self._at_the_end: list[str] = []

    def begin(self) -> None:
        """Listen; before pytest's own logging begins, which gives back the level that it found."""
        root = logging.getLogger()
        root.addHandler(self._watch)
        root.setLevel(1)
        # Rows would be told one by one; statements with their parameters are.
        logging.getLogger("sqlalchemy").setLevel(logging.INFO)
        # Below DEBUG uvicorn tells each request, those of the simulated Xero and its browsers too.
        logging.getLogger("uvicorn").setLevel(logging.DEBUG)
        # The browsers of tests tell what they visit; no package of ours uses them.
        for browser in ("httpx", "httpcore"):
            logging.getLogger(browser).setLevel(logging.WARNING)
        sys.addaudithook(self._watch.see_process)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        folder = getattr(item, "funcargs", {}).get("tmp_path")
        yield
        if isinstance(folder, Path):
            self._watch.search_folder(folder)
        self._watch.search_text("environment of this process", repr(dict(os.environ)))
        if (found := self._watch.take()) and not is_exempt(item, "I1"):
            raise AssertionError("I1: secrets were found:\n" + "\n".join(found))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        shown = [(name, text) for name, text in report.sections if "log" not in name]
        found = [f"{name}: {form}" for name, text in shown for form in find_marks(without_sign_in_addresses(text))]
        if found and report.passed and not is_exempt(item, "I1"):
            report.outcome = "failed"
            report.longrepr = "I1: secrets were found:\n" + "\n".join(found)
        elif report.failed and find_marks(report.longreprtext):
            report.sections.append(("I1", "This report itself shows a secret of the test."))
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        logging.getLogger().removeHandler(self._watch)
        base = Path(getattr(self._config, "_tmp_path_factory").getbasetemp())  # noqa: B009 -- pytest has no other way
        # Each worker of pytest-xdist has searched its own, and knows which of its tests leave secrets on purpose.
        self._watch.searched.update(base.glob("popen-*"))
        self._watch.search_folder(base)
        self._at_the_end += self._watch.take()
        workeroutput = getattr(self._config, "workeroutput", None)
        if workeroutput is not None:
            workeroutput[_FINDINGS] = self._at_the_end
        elif self._at_the_end and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """What a worker of pytest-xdist found at its end."""
        self._at_the_end += getattr(node, "workeroutput", {}).get(_FINDINGS, [])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._at_the_end:
            terminalreporter.section("I1: secrets were found at the end", red=True)
            for finding in self._at_the_end:
                terminalreporter.write_line(finding)


def pytest_configure(config: pytest.Config) -> None:
    # Everything is searched; reports show what they always showed.
    config.option.log_level = config.option.log_level or "WARNING"
    plugin = Plugin(config)
    plugin.begin()
    config.pluginmanager.register(plugin, "secret-watch")
