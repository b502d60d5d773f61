from text_tool_host import make_tool_host

from hostspec import CONNECTION_KIND, Subject
from hostspec.tool_hosts import ToolRequest


def test_a_command_acts_in_this_host(tmp_path):
    host = make_tool_host(ToolRequest(user_name="ada", window_id="terminal-1", data_dir=tmp_path))
    try:
        assert host.notices == ()
        assert [tab.title for tab in host.services.hooks.tabs()] == ["Connections"]
        assert host.services.hooks.usages(Subject(kind=CONNECTION_KIND, subject_id="")).items == ()
    finally:
        host.close()
