"""What hosts have ready-made: time, threads, questions, kept usages, values of fields."""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from hostspec import (
    CONNECTION_KIND,
    ActionField,
    CheckField,
    ChoiceField,
    CopyableField,
    Fact,
    FactsField,
    FileField,
    Form,
    ListField,
    NotAllowed,
    NoteField,
    NumberField,
    SecretField,
    Section,
    StoredDataDamaged,
    Subject,
    TableField,
    TextField,
    Tone,
    hookimpl,
)
from hostspec.hosting import (
    AskedAtOnce,
    AskedBeside,
    Line,
    PluginLife,
    ReadyServices,
    SystemClock,
    ThreadTasks,
    UsageFile,
    every,
    file_text,
    first_values,
    lines_of,
    newer,
    text_of,
    typed,
    whole_number,
)
from tests.hostspec.ready_made_host import may

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hostspec import CancelSignal, FieldValue, HostServices, SecondsClock, TaskHandle
    from hostspec.hosting import Input

PATIENCE = 30.0
HEAD_OFFICE = Subject(kind=CONNECTION_KIND, subject_id="c1")


def test_the_clock_is_aware_in_utc_and_may_be_ahead() -> None:
    assert SystemClock().now().tzinfo is UTC
    ahead = SystemClock(timedelta(days=60)).now() - SystemClock().now()
    assert timedelta(days=59) < ahead <= timedelta(days=60)
    assert isinstance(SystemClock().now(), datetime)


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=60), timedelta(days=-60)])
def test_the_clock_says_the_same_time_as_a_number(ahead: timedelta) -> None:
    clock: SecondsClock = SystemClock(ahead)
    earlier, seconds, later = clock.now(), clock.now_seconds(), clock.now()
    assert earlier.timestamp() - 0.001 <= seconds <= later.timestamp() + 0.001


def test_a_clock_of_a_hosts_own_that_builds_on_it_says_its_own_time_everywhere() -> None:
    class Later(SystemClock):
        def now(self) -> datetime:
            return super().now() + timedelta(hours=1)

        def monotonic(self) -> float:
            return 7.0

    assert 3599 < Later().now_seconds() - SystemClock().now_seconds() < 3601
    assert Later().monotonic() == 7.0


def test_the_other_clock_goes_forward_while_one_waits() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    clock.wait(0.001)
    assert clock.monotonic() >= before + 0.001


def test_a_task_hears_that_it_is_cancelled_when_all_are_ended() -> None:
    tasks, begun = ThreadTasks(SystemClock()), threading.Event()

    def work(cancelled: CancelSignal) -> None:
        begun.set()
        cancelled.wait(PATIENCE)

    task = tasks.start("waits", work)
    assert begun.wait(PATIENCE)
    assert not task.is_done
    assert not tasks.end(0.0, cancel=False)
    assert tasks.end(PATIENCE)
    assert task.is_done


def test_a_task_that_fails_is_logged_without_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    def fail(cancelled: CancelSignal) -> None:
        raise ValueError("a secret")

    tasks = ThreadTasks(SystemClock())
    with caplog.at_level(logging.ERROR):
        tasks.start("counting", fail)
        assert tasks.end(PATIENCE, cancel=False)
    assert caplog.messages == ["The task counting ended with ValueError."]


def test_something_is_done_every_so_often_until_it_is_cancelled() -> None:
    done = queue.SimpleQueue[str]()
    tasks = ThreadTasks(SystemClock())
    tasks.start("ticks", every(0.001, lambda: done.put("tick")))
    assert [done.get(timeout=PATIENCE) for _ in range(3)] == ["tick"] * 3
    assert tasks.end(PATIENCE)


def test_a_failure_is_logged_and_it_is_done_again_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    done = queue.SimpleQueue[str]()

    def fail() -> None:
        done.put("tick")
        raise ValueError("a secret")

    tasks = ThreadTasks(SystemClock())
    tasks.start("ticks", every(0.001, fail))
    assert [done.get(timeout=PATIENCE) for _ in range(3)] == ["tick"] * 3
    assert tasks.end(PATIENCE)
    assert set(caplog.messages) == {"The task ticks failed with ValueError, and goes on."}


def test_what_a_task_begins_while_it_ends_is_ended_too() -> None:
    tasks = ThreadTasks(SystemClock())
    late: list[TaskHandle] = []

    def wait(cancelled: CancelSignal) -> None:
        cancelled.wait(PATIENCE)

    def begin_another(cancelled: CancelSignal) -> None:
        cancelled.wait(PATIENCE)
        late.append(tasks.start("late", wait))

    tasks.start("early", begin_another)
    assert tasks.end(PATIENCE)
    assert [one.is_done for one in late] == [True]


class Tidy:
    def __init__(self) -> None:
        self.tidied, self.ended = threading.Event(), False

    @hookimpl
    def capture_maintain(self, budget_seconds: float) -> None:
        assert budget_seconds > 0
        self.tidied.set()

    @hookimpl
    def capture_shutdown(self) -> None:
        self.ended = True


class Busy:
    """A plugin whose work takes until it is cancelled."""

    def __init__(self) -> None:
        self.begun, self.done = threading.Event(), list[str]()

    @hookimpl
    def capture_startup(self, host: HostServices) -> None:
        host.tasks.start("busy", self._work)

    @hookimpl
    def capture_shutdown(self) -> None:
        self.done.append("told of the end")

    def _work(self, cancelled: CancelSignal) -> None:
        self.begun.set()
        cancelled.wait(PATIENCE)
        self.done.append("work ended")


class Refuses:
    @hookimpl
    def capture_startup(self) -> None:
        raise NotAllowed("This needs a license.")


def services(life: PluginLife, folder: Path) -> ReadyServices:
    profiles = UsageFile(folder / "profiles.json", step="Export")
    return ReadyServices(
        host_id=profiles.host_id,
        host_name="Host",
        data_dir=folder,
        profiles=profiles,
        hooks=life.hooks,
        allows=may,
    )


def test_plugins_are_started_kept_in_order_and_told_of_the_end(tmp_path: Path) -> None:
    tidy = Tidy()
    life = PluginLife(tidy=tidy, refuses=Refuses())
    given = services(life, tmp_path)
    assert life.start(given, [], maintain_seconds=0.001) == ("This needs a license.",)
    assert tidy.tidied.wait(PATIENCE)
    life.stop(given)
    assert tidy.ended
    assert given.tasks.end(0.0)


def test_ready_services_show_no_settings_when_they_are_printed(tmp_path: Path) -> None:
    given = replace(services(PluginLife(), tmp_path), settings={"database_url": "postgresql://u:a-password@h/d"})
    assert given.settings["database_url"].endswith("@h/d")
    assert "a-password" not in repr(given)


def test_plugins_are_told_of_the_end_when_their_work_has_ended(tmp_path: Path) -> None:
    busy = Busy()
    life = PluginLife(busy=busy)
    given = services(life, tmp_path)
    life.start(given, [])
    assert busy.begun.wait(PATIENCE)
    life.stop(given)
    assert busy.done == ["work ended", "told of the end"]


def test_what_a_plugin_begins_at_its_end_is_ended_too(tmp_path: Path) -> None:
    class Late:
        @hookimpl
        def capture_startup(self, host: HostServices) -> None:
            self.tasks = host.tasks

        @hookimpl
        def capture_shutdown(self) -> None:
            self.tasks.start("farewell", self._wait)

        def _wait(self, cancelled: CancelSignal) -> None:
            cancelled.wait(PATIENCE)

    life = PluginLife(late=Late())
    given = services(life, tmp_path)
    life.start(given, [])
    life.stop(given)
    assert given.tasks.end(0.0, cancel=False)


def test_questions_are_asked_in_one_other_thread_and_answered_where_the_host_says() -> None:
    calls = queue.SimpleQueue["Callable[[], None]"]()
    beside, asked, told = AskedBeside(calls.put), [threading.get_ident()], list[object]()

    def fail() -> int:
        raise ValueError("a secret")

    def refuse() -> int:
        raise NotAllowed("You may not.")

    beside.ask(threading.get_ident, asked.append, told.append)
    beside.ask(threading.get_ident, asked.append, told.append)
    beside.ask(refuse, asked.append, told.append)
    beside.ask(fail, asked.append, told.append)
    assert beside.unanswered == 4
    for _ in range(4):
        calls.get(timeout=PATIENCE)()
    here, *there = asked
    assert there == [there[0]] * 2 != [here] * 2
    assert told == ["You may not.", "This failed (ValueError). Try again, or tell support."]
    assert beside.unanswered == 0
    beside.end()


def test_a_plugin_that_leaves_the_program_ends_no_asking() -> None:
    calls = queue.SimpleQueue["Callable[[], None]"]()
    beside, told = AskedBeside(calls.put), list[str]()

    def leave() -> str:
        raise SystemExit(3)

    beside.ask(leave, told.append, told.append)
    beside.ask(lambda: "answer", told.append, told.append)
    for _ in range(2):
        calls.get(timeout=PATIENCE)()
    assert told == ["This failed (SystemExit). Try again, or tell support.", "answer"]
    beside.end()


def test_a_person_at_the_keyboard_may_stop_a_question() -> None:
    def stop() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        AskedAtOnce().ask(stop, lambda _: None, lambda _: None)


def test_answers_for_windows_that_are_gone_are_nobodys() -> None:
    refused, done = threading.Event(), threading.Event()

    def gone(call: Callable[[], None]) -> None:
        if not refused.is_set():
            refused.set()
            raise RuntimeError("the window was deleted")
        done.set()

    beside = AskedBeside(gone)
    for _ in range(2):
        beside.ask(str, lambda _: None, lambda _: None)
    assert done.wait(PATIENCE)
    beside.end()


def test_a_host_that_may_wait_asks_at_once() -> None:
    told: list[str] = []
    AskedAtOnce().ask(lambda: "answer", told.append, told.append)
    assert told == ["answer"]


def test_usages_are_on_disk_before_anybody_hears_of_them(tmp_path: Path) -> None:
    file = tmp_path / "profiles.json"
    held, heard = UsageFile(file, step="Export"), list[list[str]]()
    held.watch(lambda: heard.append([one.profile for one in UsageFile(file, step="Export").usages(CONNECTION_KIND)]))
    held.put("Receipts", HEAD_OFFICE, enabled=False)
    held.put("Receipts", None)
    assert heard == [["Receipts"], []]
    assert UsageFile(file, step="Export").host_id == held.host_id
    assert list(tmp_path.iterdir()) == [file]


def test_usages_of_other_kinds_are_left_out(tmp_path: Path) -> None:
    held = UsageFile(tmp_path / "profiles.json", step="Export")
    held.put("Receipts", Subject(kind="storage_location", subject_id="s1"))
    assert held.usages(CONNECTION_KIND) == []
    assert held.subject_of("Receipts") == Subject(kind="storage_location", subject_id="s1")
    assert held.subject_of("Bills") is None


@pytest.mark.parametrize("found", ["", "{", '{"host_id": 1}', "\x00"])
def test_a_file_that_cannot_be_understood_is_left_as_it_is(tmp_path: Path, found: str) -> None:
    file = tmp_path / "profiles.json"
    file.write_text(found)
    with pytest.raises(StoredDataDamaged, match="was left as it is"):
        UsageFile(file, step="Export")
    assert file.read_text() == found


TEXT, NUMBER = TextField(field_id="t", label="T", value="one"), NumberField(field_id="n", label="N", value=0)
SECRET, FILE = SecretField(field_id="s", label="S"), FileField(field_id="f", label="F", max_bytes=4)
LIST, CHECK = ListField(field_id="l", label="L", value=("x", "y")), CheckField(field_id="c", label="C", value=True)
CHOICE = ChoiceField(field_id="o", label="O", value="b")
TABLE = TableField(field_id="r", label="R", columns=(), rows=(), tickable=True, value=("r1",), empty="None yet.")


def test_an_untouched_form_holds_what_it_says() -> None:
    inside = Section(section_id="more", label="More", fields=(LIST, CHECK, TABLE, NoteField(text="Read this.")))
    assert first_values(Form(fields=(TEXT, NUMBER, SECRET, FILE, CHOICE, inside))) == {
        "t": "one", "n": 0, "s": SecretStr(""), "f": "", "o": "b", "l": ("x", "y"), "c": True, "r": ("r1",),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (TEXT, " as it is ", " as it is "),
        (NUMBER, " 12 ", 12),
        (NUMBER, "-3", -3),
        (NUMBER, "", None),
        (NUMBER, "12a", "12a"),
        (NUMBER, "٣", "٣"),
        (SECRET, "unseen", SecretStr("unseen")),
        (LIST, " one \n\ntwo", ("one", "two")),
        (CHOICE, "b", "b"),
        (CHECK, "", False),
        (CHECK, "yes", True),
        (FILE, "content", "content"),
    ],
)
def test_what_is_typed_arrives_in_the_type_of_its_field(field: Input, text: str, value: FieldValue) -> None:
    assert typed(field, text) == value
    assert typed(field, text_of(value)) == value


def test_a_number_that_no_machine_holds_stays_text() -> None:
    assert whole_number("9" * 30) == "9" * 30


def test_of_what_changed_since_only_fields_that_are_still_there_stay() -> None:
    fresh: dict[str, FieldValue] = {"kept": "new", "typed": "new", "added": "new"}
    sent: dict[str, FieldValue] = {"kept": "old", "typed": "old", "gone": "old"}
    now: dict[str, FieldValue] = {"kept": "old", "typed": "older", "gone": "older", "added": "there"}
    assert newer(fresh, sent, now) == {"kept": "new", "typed": "older", "added": "new"}


def test_a_file_is_text_or_nothing(tmp_path: Path) -> None:
    file = tmp_path / "chosen"
    for content, read in ((b"1234", "1234"), (b"12345", ""), (b"\xff", "")):
        file.write_bytes(content)
        assert file_text(FILE, file) == read
    assert file_text(FILE, tmp_path / "gone") == ""


def test_all_that_is_read_about_a_field_is_lines() -> None:
    wrong = TEXT.model_copy(update={"error": "Too short.", "hint": "A name."})
    assert lines_of(wrong) == (Line(text="Too short.", tone=Tone.BAD), Line(text="A name."))
    assert lines_of(TEXT.model_copy(update={"hint": "A name.", "disabled_reason": "Not now."})) == (
        Line(text="Not now."),
    )
    assert lines_of(NoteField(text="Read.", copy_texts=("short", "l" * 200))) == (
        Line(text="Read."),
        Line(text="short", copy="short"),
        Line(copy="l" * 200),
    )
    assert lines_of(NoteField(text="", copy_texts=("Test passed\nTook: 4 ms",))) == (
        Line(copy="Test passed\nTook: 4 ms"),
    )
    facts = FactsField(field_id="f", facts=(Fact(label="When", text="today", exact="at noon"),))
    assert lines_of(facts) == (Line(label="When", text="today (at noon)"),)
    copyable = CopyableField(field_id="c", label="Address", value="", hint="Sign in first.")
    assert lines_of(copyable) == (Line(label="Address", copy=""), Line(text="Sign in first."))
    assert lines_of(ActionField(action_id="a", label="A", text="It helps.")) == (Line(text="It helps."),)
    assert lines_of(TABLE) == (Line(text="None yet."),)
    assert lines_of(Section(section_id="s", label="S", fields=(TEXT,))) == ()
