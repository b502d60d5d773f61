"""How does a command end that was understood and not carried out? With a sentence and an exit code of its own."""

from __future__ import annotations

from hostspec.errors import CaptureError
from hostspec.value import Remedy
from xero_connections_plugin.cli.exit_codes import ExitCode


class CommandEnded(CaptureError):
    """The command was not carried out."""

    remedy = Remedy.NOTHING

    def __init__(self, text: str, exit_code: ExitCode, *, code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.exit_code = exit_code
        self.whole_text = text
        """The text without the limit for errors of hooks: what a tab says may be long."""


class Canceled(CommandEnded):
    """The person said no, or pressed Ctrl-C; nothing was changed."""

    default_code = "CANCELED"

    def __init__(self, text: str) -> None:
        super().__init__(text, ExitCode.CANCELED)


class NobodyToAsk(CommandEnded):
    """A question came up and there is no terminal to ask it at."""

    default_code = "NO_TERMINAL"

    def __init__(self, text: str) -> None:
        super().__init__(text, ExitCode.WRONG_USAGE)


class ToldByTab(CommandEnded):
    """The tab said that it was not done, in a message box or in a dialog."""

    default_code = "NOT_DONE"

    def __init__(self, text: str, exit_code: ExitCode = ExitCode.NOT_DONE, *, code: str | None = None) -> None:
        super().__init__(text, exit_code, code=code)
