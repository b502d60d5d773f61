"""What does a person see while and after signing in? The waiting window and the messages at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.forms import ActionField, Form, Section, TextField
from hostspec.messages import MessageBox, MessageButton
from hostspec.ui import Action, ShowMessage, Wait
from hostspec.value import Tone
from xero_connections_plugin.oauth.sign_in import SignInPhase
from xero_connections_plugin.xero.definition_form import REDRAW
from xero_connections_plugin.xero.texts import company_texts
from xero_connections_plugin.xero.texts import xero_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.errors import CaptureError
    from hostspec.providers import Draft
    from xero_connections_plugin.oauth.grant import GrantRecord
    from xero_connections_plugin.oauth.sign_in import SignInProgress
    from xero_connections_plugin.xero.draft_sign_in import SignedIn
    from xero_connections_plugin.xero.kept_settings import KeptSettings

PASTED: Final = "pasted_address"
KEEP_EARLIER: Final = "keep_earlier_sign_in"


def preparing_wait(draft: Draft, seconds_left: float, seconds_total: float) -> Wait:
    """What is shown before the browser opens, when the checks before it take their time."""
    return _plain_wait(draft, texts.PREPARING_TITLE, texts.PREPARING_TEXT, seconds_left, seconds_total)


def sign_in_wait(draft: Draft, progress: SignInProgress[SignedIn], *, paste_error: str = "", pasted: str = "") -> Wait:
    """The window "Waiting for Xero"."""
    exchanging = progress.phase is SignInPhase.EXCHANGING
    waiting_text = texts.WAIT_TEXT if draft.origin.is_local else texts.WAIT_ELSEWHERE
    return Wait(
        wait_id=draft.draft_id,
        dialog_id=draft.draft_id,
        title=texts.WAIT_TITLE,
        text=texts.WAIT_EXCHANGING if exchanging else waiting_text,
        seconds_left=max(0.0, progress.seconds_left),
        seconds_total=progress.seconds_total,
        address="" if exchanging else progress.address,
        address_label=texts.OPEN_SIGN_IN_PAGE,
        form=Form(fields=()) if exchanging else _paste_form(pasted, paste_error),
        cancel=Action(action_id="cancel_sign_in", label=texts.CANCEL),
    )


def _paste_form(pasted: str, error: str) -> Form:
    return Form(
        fields=(
            Section(
                section_id="paste",
                label=texts.PASTE_SECTION,
                collapsed=not error,
                fields=(
                    TextField(
                        field_id=PASTED,
                        label=texts.PASTE_LABEL,
                        hint=texts.PASTE_HINT,
                        value=pasted,
                        error=error,
                        monospace=True,
                        max_length=20_000,
                    ),
                    ActionField(action_id="paste", label=texts.PASTE_BUTTON),
                ),
            ),
        )
    )


def tenants_wait(draft: Draft, seconds_left: float, seconds_total: float) -> Wait:
    """A short wait for the list of companies."""
    return _plain_wait(draft, texts.TENANTS_WAIT_TITLE, texts.TENANTS_WAIT_TEXT, seconds_left, seconds_total)


def _plain_wait(draft: Draft, title: str, text: str, seconds_left: float, seconds_total: float) -> Wait:
    return Wait(
        wait_id=draft.draft_id,
        dialog_id=draft.draft_id,
        title=title,
        text=text,
        seconds_left=max(0.0, seconds_left),
        seconds_total=seconds_total,
        cancel=Action(action_id="cancel_sign_in", label=texts.CANCEL),
    )


def success_message(
    draft: Draft,
    signed_in: SignedIn,
    kept: KeptSettings | None,
    before: GrantRecord | None,
    *,
    works_before: bool,
    is_demo: Callable[[str], bool | None],
) -> ShowMessage:
    """The message box "Connection successful", with what a person should know before saving.

    Args:
        draft: The definition that it was for.
        signed_in: What came of it.
        kept: What the list keeps about the entry being edited.
        before: The sign-in that the entry had.
        works_before: Whether that one works.
        is_demo: Whether a company, by tenant id, is a demo company.
    """
    record = signed_in.record
    approved = tuple(option.label for option in signed_in.tenants if option.just_approved)
    lines = [texts.success(record.account, len(signed_in.tenants), approved)]
    tone = Tone.GOOD
    if signed_in.problem:
        lines = [texts.success_without_tenants(signed_in.problem)]
        tone = Tone.WARNING
    elif not signed_in.tenants:
        lines.append(texts.OBSTACLE_NO_TENANT)
        tone = Tone.WARNING
    if signed_in.repaired:
        lines.append(company_texts.repairs(signed_in.repaired))
    demo = next((option for option in signed_in.tenants if option.just_approved and is_demo(option.tenant_id)), None)
    if demo is not None:
        lines.append(company_texts.is_demo_company(demo.label))
        tone = Tone.WARNING
    is_another_user = before is not None and before.user_id != record.user_id
    if before is not None and is_another_user:
        people = (company_texts.person(one.account, one.user_id) for one in (before, record))
        lines.append(texts.another_user(*people))
        tone = Tone.WARNING
    reached = {option.tenant_id for option in signed_in.tenants}
    if kept is not None and kept.tenant_id and reached and kept.tenant_id not in reached:
        lines.append(texts.tenant_not_reached(kept.tenant_name))
        tone = Tone.WARNING
    if signed_in.not_granted:
        lines.append(texts.scopes_not_granted(signed_in.not_granted))
        tone = Tone.WARNING
    if signed_in.tenants:
        lines.append(texts.SUCCESS_SAVE if len(signed_in.tenants) == 1 else texts.SUCCESS_CHOOSE)
    earlier = MessageButton(label=company_texts.KEEP_EARLIER, action_id=KEEP_EARLIER)
    # A working sign-in is given up by nobody's mistake: it can be kept here, and Save asks once more.
    choices = (earlier,) if is_another_user and works_before else ()
    return _message(draft, texts.SUCCESS_TITLE, "\n".join(lines), tone, *choices)


def failure_message(draft: Draft, problem: CaptureError) -> ShowMessage:
    """Says why the sign-in ended without a grant."""
    step = _message(draft, texts.FAILED_TITLE, str(problem), Tone.BAD)
    told = step.message.model_copy(update={"code": problem.code, "remedy": problem.remedy})
    return ShowMessage(message=told)


def tenants_failure_message(draft: Draft, sentence: str) -> ShowMessage:
    """Says why the companies could not be listed."""
    return _message(draft, texts.TENANTS_FAILED_TITLE, sentence, Tone.BAD)


def _message(draft: Draft, title: str, text: str, tone: Tone, *choices: MessageButton) -> ShowMessage:
    # OK draws the definition again: its tenants were filled, or its errors marked, meanwhile.
    ok = MessageButton(label=texts.OK, action_id=REDRAW, primary=True)
    box = MessageBox(title=title, text=text, tone=tone, dialog_id=draft.draft_id, buttons=(*choices, ok))
    return ShowMessage(message=box)
