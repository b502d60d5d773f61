"""The rules that ``PluginContract`` holds plugins to, each with the page that explains it."""

from enum import Enum
from typing import Final

from hostspec.testing.contract_rules import Rule

_HOOKS: Final = "docs/hooks.md"
_TAB: Final = "docs/ui.md#tabcontroller"


def _hook(name: str, says: str) -> Rule:
    return Rule(name, says, f"{_HOOKS}#{name}")


class PluginRule(Enum):
    """What a plugin promises its hosts."""

    FACTORY = Rule("make_plugin", "Each call makes a plugin of its own that does nothing yet.", _HOOKS)
    HOOKS = Rule("hooks", "A plugin implements hooks that exist, with arguments that they have.", _HOOKS)
    STARTUP = _hook("capture_startup", "A plugin starts at once, answers nothing, and raises only a CaptureError.")
    STARTUP_BARE = _hook(
        "capture_startup", "A host may have no data directory to give, and settings may be missing: say so or manage."
    )
    TABS = _hook("capture_tabs", "A tab has an id that stays the same over restarts, a title, and a controller.")
    TYPES = _hook("capture_connection_types", "A type has an id that stays the same, a label, and a whole provider.")
    VIEW = Rule("TabController.view", "A view fits what was asked for and survives being written down as JSON.", _TAB)
    VIEW_ALLOWED = Rule(
        "TabController.view", "Who may not see it is told so; a permission that cannot be asked for is refused.", _TAB
    )
    ACT = Rule("TabController.act", "Every button answers at once: with a step, or with a CaptureError.", _TAB)
    ACT_UNKNOWN = Rule("TabController.act", "An act that nobody knows, or about what is gone, breaks nothing.", _TAB)
    ORIGIN = Rule("Origin", "Permissions are asked for the person who acts, or for the service.", "docs/ui.md#origin")
    SECRETS = Rule("SecretField", "A secret that was typed is never sent back.", "docs/ui.md#secretfield")
    CHOICES = _hook(
        "capture_connection_choices", "At most limit choices of the types asked for, and the selected one always."
    )
    OPEN = _hook("capture_open_session", "None says that a connection is not this plugin's; nothing is raised then.")
    USAGES = _hook("capture_usages", "Only usages of the subject that was asked about.")
    SWITCH = _hook("capture_switch_usages", "Each holder answers for usages of its own, and for no others.")
    TARGETS = _hook("capture_subject_targets", "Other subjects of the same kind.")
    OBJECTIONS = _hook("capture_switch_objections", "Objections say what speaks against a switch, as a sentence.")
    TOLD = _hook("capture_connections_changed", "News comes from any thread, about anything, and breaks nothing.")
    MAINTAIN = _hook("capture_maintain", "Housekeeping keeps to its budget.")
    SHUTDOWN = _hook("capture_shutdown", "A plugin ends what it began: no thread of its own goes on.")
    RESTART = _hook("capture_startup", "A plugin that starts anew in the same place has what it kept.")
    THREADS = Rule("hooks", "Any hook may be called from any thread, also at once, with the same answer.", _HOOKS)
    LOCKS = Rule("hooks", "No lock is held while a hook is called: whoever is called may ask back.", _HOOKS)
    NETWORK = Rule("hooks", "A hook returns promptly; only capture_open_session may use the network.", _HOOKS)
    NEIGHBOR = Rule("hooks", "What another plugin does wrong costs that plugin's answers only.", _HOOKS)
