"""What each step does to the layers of a window."""

from dataclasses import replace

from hostspec.messages import MessageBox
from hostspec.ui import Close, ShowDialog, ShowMessage, ShowUsage, ShowView, UserAct
from hostspec.usages import Subject
from sample_host.usage_dialog import UsageDialog
from sample_host.web.window_stack import DialogLayer, MessageLayer, Outcome, Stack, UsageLayer, WaitLayer, take
from tests.host.everything_plugin import EverythingTab, everything_dialog, facts_dialog

TAB = "tab"
ACT = UserAct(action_id="x")
CONTINUE = UserAct(action_id="continue", wait_id="wait-1")
WAIT = EverythingTab()._wait(UserAct(action_id="wait"), "form")
FORM = everything_dialog({})


def after(stack: Stack, step: object, act: UserAct = ACT) -> Outcome:
    return take(stack, step, TAB, act, None)  # type: ignore[arg-type]  # every step kind is given by the tests below


def kinds(stack: Stack) -> list[str]:
    return [type(one.layer).__name__.removesuffix("Layer") for one in stack.placed]


def with_form() -> Stack:
    return after(Stack(), ShowDialog(dialog=FORM)).stack


def with_form_and_wait() -> Stack:
    return after(with_form(), WAIT).stack


def test_a_dialog_with_the_id_of_an_open_one_replaces_it_in_place() -> None:
    both = after(with_form(), ShowDialog(dialog=facts_dialog())).stack
    again = after(both, ShowDialog(dialog=everything_dialog({"name": "new"}))).stack
    assert [one.key for one in again.placed] == [one.key for one in both.placed]
    assert [one.version for one in again.placed] == [2, 1]


def test_a_dialog_with_another_id_opens_on_top() -> None:
    stack = after(with_form(), ShowDialog(dialog=facts_dialog())).stack
    layer = stack.placed[-1].layer
    assert isinstance(layer, DialogLayer)
    assert layer.dialog.dialog_id == "facts"


def test_a_message_lies_above_a_dialog_that_comes_after_it() -> None:
    stack = after(Stack(), ShowMessage(message=MessageBox(title="A", text="b"))).stack
    assert kinds(after(stack, ShowDialog(dialog=FORM)).stack) == ["Dialog", "Message"]


def test_a_wait_that_only_counted_down_is_not_drawn_anew() -> None:
    stack = with_form_and_wait()
    later = WAIT.model_copy(update={"seconds_left": 3.0})
    again = after(stack, later, CONTINUE).stack
    assert again.placed[-1].version == stack.placed[-1].version
    layer = again.placed[-1].layer
    assert isinstance(layer, WaitLayer)
    assert layer.wait.seconds_left == 3.0


def test_what_is_wrong_with_a_field_of_a_wait_stays_until_somebody_acts() -> None:
    wrong = EverythingTab()._wait(UserAct(action_id="wait"), "form", error="This is no such address.")
    stack = after(with_form(), wrong).stack
    later = after(stack, WAIT, CONTINUE).stack

    def says_so(stack: Stack) -> bool:
        layer = stack.placed[-1].layer
        return isinstance(layer, WaitLayer) and "This is no such address." in layer.wait.model_dump_json()

    assert says_so(later)
    assert says_so(after(later, WAIT, CONTINUE).stack)
    assert not says_so(after(later, WAIT, UserAct(action_id="paste", wait_id="wait-1")).stack)


def test_a_wait_with_new_text_is_drawn_anew_in_place() -> None:
    stack = with_form_and_wait()
    again = after(stack, WAIT.model_copy(update={"text": "Almost done."}), CONTINUE).stack
    assert again.placed[-1].key == stack.placed[-1].key
    assert again.placed[-1].version == stack.placed[-1].version + 1


def test_whatever_else_answers_a_wait_closes_it_first() -> None:
    stack = after(with_form_and_wait(), ShowMessage(message=MessageBox(title="Done", text="ok")), CONTINUE).stack
    assert kinds(stack) == ["Dialog", "Message"]


def test_an_answer_to_a_wait_that_was_closed_meanwhile_changes_nothing() -> None:
    stack = with_form()
    assert after(stack, ShowMessage(message=MessageBox(title="Done", text="ok")), CONTINUE).stack == stack


def test_close_closes_the_dialog_that_the_act_came_from_and_the_waits_it_began() -> None:
    other = after(with_form_and_wait(), ShowDialog(dialog=facts_dialog())).stack
    outcome = after(other, Close(), UserAct(action_id="cancel", dialog_id="form"))
    assert kinds(outcome.stack) == ["Dialog"]
    assert outcome.redraw


def test_close_as_the_answer_to_a_wait_closes_the_dialog_that_began_it() -> None:
    assert kinds(after(with_form_and_wait(), Close(), CONTINUE).stack) == []


def test_close_hands_its_result_on() -> None:
    subject = Subject(kind="thing", subject_id="7")
    outcome = after(with_form(), Close(result=subject), UserAct(action_id="save", dialog_id="form"))
    assert (outcome.result, outcome.select) == (subject, "7")


def test_close_without_a_dialog_closes_nothing() -> None:
    assert after(with_form(), Close()).stack == with_form()


def test_show_view_closes_everything_and_selects_the_row() -> None:
    outcome = after(with_form_and_wait(), ShowView(select_row_id="r"), CONTINUE)
    assert (outcome.stack.placed, outcome.redraw, outcome.select) == ((), True, "r")


def test_the_usage_dialog_opens_on_top() -> None:
    subject = Subject(kind="thing", subject_id="7")
    usage = UsageDialog(subject, (), ())
    stack = take(with_form(), ShowUsage(subject=subject), TAB, ACT, usage).stack
    assert stack.placed[-1].layer == UsageLayer(TAB, usage)


def test_keys_of_layers_are_never_used_twice() -> None:
    stack = with_form()
    emptied = after(stack, ShowView()).stack
    assert after(emptied, ShowDialog(dialog=FORM)).stack.placed[0].key != stack.placed[0].key


def test_dialogs_of_two_tabs_with_one_id_are_two_dialogs() -> None:
    stack = take(with_form(), ShowDialog(dialog=FORM), "other", ACT, None).stack
    assert kinds(stack) == ["Dialog", "Dialog"]


def test_a_message_layer_is_found_by_its_key_until_it_is_gone() -> None:
    stack = after(Stack(), ShowMessage(message=MessageBox(title="A", text="b"))).stack
    key = stack.placed[0].key
    found = stack.get(key)
    assert found is not None
    assert isinstance(found.layer, MessageLayer)
    assert stack.without(key).get(key) is None
    assert replace(stack, placed=()).get(key) is None
