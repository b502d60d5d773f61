"""Ready-made for those who write hosts: services, usages, and all of a tab's window but its drawing.

Nothing of it has to be used. What a host does otherwise, it writes by itself, against the same protocols.
"""

from hostspec.hosting.act_answers import answer, error_box
from hostspec.hosting.field_lines import Line, lines_of
from hostspec.hosting.form_values import (
    Input,
    Values,
    fields_of,
    file_text,
    first_value,
    first_values,
    newer,
    text_of,
    typed,
    whole_number,
)
from hostspec.hosting.held_usages import switch_held, usages_of
from hostspec.hosting.open_tab import OpenTab, Screen
from hostspec.hosting.open_windows import OpenDialog, OpenMessage, OpenUsage, OpenWait, OpenWindows, Window
from hostspec.hosting.plugin_life import EndingServices, PluginLife
from hostspec.hosting.questions import AskedAtOnce, AskedBeside, Questions
from hostspec.hosting.ready_services import Allows, ReadyServices
from hostspec.hosting.system_services import SystemBrowser, SystemClock
from hostspec.hosting.thread_tasks import EndingTasks, ThreadTask, ThreadTasks, every
from hostspec.hosting.usage_file import UsageFile
from hostspec.hosting.usage_form import USAGE_DIALOG, UsageForm
from hostspec.hosting.window_forms import (
    ASK_ANEW,
    FormWindow,
    WindowForm,
    above_table,
    below_table,
    form_of,
    rows_shown,
)

__all__ = [
    "ASK_ANEW",
    "USAGE_DIALOG",
    "Allows",
    "AskedAtOnce",
    "AskedBeside",
    "EndingServices",
    "EndingTasks",
    "FormWindow",
    "Input",
    "Line",
    "OpenDialog",
    "OpenMessage",
    "OpenTab",
    "OpenUsage",
    "OpenWait",
    "OpenWindows",
    "PluginLife",
    "Questions",
    "ReadyServices",
    "Screen",
    "SystemBrowser",
    "SystemClock",
    "ThreadTask",
    "ThreadTasks",
    "UsageFile",
    "UsageForm",
    "Values",
    "Window",
    "WindowForm",
    "above_table",
    "answer",
    "below_table",
    "error_box",
    "every",
    "fields_of",
    "file_text",
    "first_value",
    "first_values",
    "form_of",
    "lines_of",
    "newer",
    "rows_shown",
    "switch_held",
    "text_of",
    "typed",
    "usages_of",
    "whole_number",
]
