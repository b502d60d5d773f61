"""An act is sent to a tab, and something to show comes back in every case: errors become messages."""

import logging
from collections.abc import Callable
from typing import Final, assert_never

from hostspec.errors import CaptureError, NotAllowed
from hostspec.hosting import hosting_texts as texts
from hostspec.isolation import places_of
from hostspec.messages import MessageBox
from hostspec.ui import Origin, ShowMessage, Step, UserAct
from hostspec.value import Remedy, Tone

_log: Final = logging.getLogger("hostspec")


def answer(ask: Callable[[Origin, UserAct], Step], origin: Origin, act: UserAct, *, title: str = "") -> Step:
    """What happens next; of a plugin's mistake its type and place are logged, not what it says, which may be a secret.

    Args:
        ask: ``TabController.act`` of the controller behind the tab.
        origin: Who acts, and where.
        act: What they did.
        title: What the tab is called, for the message about a mistake.
    """
    try:
        return ask(origin, act)
    except CaptureError as error:
        return ShowMessage(message=error_box(error))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 -- a plugin's mistake ends here, SystemExit too; the person goes on
        what = type(error).__name__
        _log.error("The tab %s failed at the act %s: %s.\n%s", title, act.action_id, what, places_of(error))
        return ShowMessage(message=MessageBox(title=texts.BROKEN, text=texts.broken(title), tone=Tone.BAD))


def error_box(error: CaptureError) -> MessageBox:
    """A problem as a message box: titled by what a person should do, in the problem's own words."""
    title = texts.NOT_ALLOWED if isinstance(error, NotAllowed) else _title(error.remedy)
    return MessageBox(title=title, text=str(error), tone=Tone.WARNING, code=error.code, remedy=error.remedy)


def _title(remedy: Remedy) -> str:
    match remedy:
        case Remedy.NOTHING:
            return texts.NOT_POSSIBLE
        case Remedy.RETRY_LATER:
            return texts.TRY_LATER
        case Remedy.SIGN_IN_AGAIN:
            return texts.SIGN_IN_NEEDED
        case Remedy.CHOOSE_ANOTHER:
            return texts.CHOOSE_ANOTHER
        case Remedy.FIX_SETTINGS:
            return texts.SETTINGS
        case Remedy.TELL_SUPPORT:
            return texts.BROKEN
        case _:
            assert_never(remedy)
