"""The rules that ``HostContract`` holds hosts to, each with the page that explains it."""

from enum import Enum

from hostspec.testing.contract_rules import Rule


def _hook(name: str, says: str) -> Rule:
    return Rule(name, says, f"docs/hooks.md#{name}")


def _service(name: str, says: str) -> Rule:
    return Rule(name, says, f"docs/services.md#{name.partition('.')[0].lower()}")


def _drawing(name: str, says: str) -> Rule:
    return Rule(name, says, f"docs/ui.md#{name.lower()}")


class HostRule(Enum):
    """What a host promises its plugins and the people in front of it."""

    STARTUP = _hook("capture_startup", "Every plugin is started once, with all that a host provides.")
    STARTUP_FAILED = _hook("capture_startup", "A plugin that cannot start costs only itself.")
    SHUTDOWN = _hook("capture_shutdown", "Every plugin that started is told once that the host ends.")
    ENDS = _service("Tasks", "What runs when the host ends is asked to stop, and no thread goes on.")
    IDENTITY = _service("HostServices.host_id", "It stays the same over restarts, and the name is one for people.")
    DATA_DIR = _service("HostServices.data_dir", "It exists and only this user may write it, or it is None.")
    SETTINGS = _service("HostServices.settings", "Names and texts.")
    CLOCK = _service("Clock", "The wall clock is aware and in UTC; the other only goes forward.")
    TASKS = _service("Tasks", "Work begins at once in a thread of its own; what it raises reaches nobody.")
    TASKS_CANCEL = _service("Tasks", "Work hears that it was cancelled, and the handle says when it has ended.")
    PERMISSIONS = _service(
        "HostServices.is_allowed", "There is no default yes: people whom nobody knows may do nothing."
    )
    PROFILES = _service("Profiles", "Usages of disabled profiles count, and listeners hear of each change.")
    ISOLATION = _service("Hooks", "A plugin that fails costs its own answers and is named; answers come sorted.")
    OPEN = _hook("capture_open_session", "Nobody's connection is not found; an owner's error reaches the caller.")
    TOLD = _hook("capture_tab_changed", "News is taken from any thread and at once, also about what is not there.")
    CHANGED = _hook(
        "capture_connections_changed", "News about connections is taken from any thread, those gone included."
    )
    NOTIFY = _hook("capture_notify", "A notification is taken from any thread and at once.")
    USAGES = _hook("capture_usages", "Every usage counts, disabled ones too.")
    USAGES_OF = _hook("capture_usages", "Usages of the subject asked about, or of its whole kind, and no others.")
    USAGE_IDS = _hook("capture_usages", "A usage names its place: its id stays the same over restarts.")
    DRY_RUN = _hook("capture_switch_usages", "A dry run says what would happen and changes nothing.")
    SWITCH = _hook("capture_switch_usages", "One result for each usage of the host's own, and none for others.")
    SWITCH_STALE = _hook("capture_switch_usages", "What points elsewhere by now is not switched, and says why.")
    RERUN = _hook("capture_rerun_batches", "One result for each batch of the host's own, and none for others.")
    VIEW = _drawing("View", "Title, sentence, buttons, notices and rows can be read, and text is shown as it is.")
    REASON = _drawing("Action", "A button or field that cannot be used says why where a person finds it.")
    QUERY = _drawing("TableQuery", "The host asks again with what stands in the search field, and with the filter.")
    NEWS = _hook("capture_tab_changed", "A window in which the tab is open draws it anew.")
    ACT = _drawing("UserAct", "A button sends its act once, with the selected row and who acts.")
    DIALOG = _drawing("ShowDialog", "Every field is drawn, and its value comes back in its own type.")
    CHANGE = _drawing("TextField", "A change of a field with on_change sends that act soon, with all values.")
    FILE = _drawing("FileField", "A chosen file is sent as its text, and stays chosen when its dialog is replaced.")
    ESCAPE = _drawing("Dialog", "Esc sends what the cancel button of a dialog or of a waiting window sends.")
    REPLACED = _drawing("ShowDialog", "A dialog with the id of an open one replaces it: values and errors are shown.")
    SECRET = _drawing("SecretField", "A secret arrives as SecretStr and is never shown again.")
    MESSAGE = _drawing("ShowMessage", "A message lies on top; its button closes it and sends its act with the row.")
    MESSAGE_DIALOG = _drawing("ShowMessage", "Above a dialog, the act carries that dialog's id and values.")
    CLOSE = _drawing("Close", "The dialog that the act came from closes.")
    WAIT = _drawing("Wait", "A waiting window asks how it goes on, at least every second, and can be cancelled.")
    WAIT_TYPED = _drawing("Wait", "What was typed into a waiting window is still there after it asked.")
    USAGE = _drawing("ShowUsage", "The host shows who uses the subject.")
    ERROR = Rule(
        "TabController.act",
        "A CaptureError is shown with its sentence; of any other exception nothing is shown but that it failed.",
        "docs/ui.md#tabcontroller",
    )
