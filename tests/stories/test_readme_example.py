"""The twelve lines of the README load the installed plugin and reach Xero."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hostspec import HookCalls
from hostspec.testing import FakeHost
from tests.stories.capture_site import Site

README = Path(__file__).parents[2] / "README.md"


def test_the_example_of_the_readme_works_as_it_stands(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        own = FakeHost(tmp_path, settings=site.plugin_settings, host_id="own-host")

        def services(hooks: HookCalls) -> FakeHost:
            own.hooks = hooks
            return own

        names: dict[str, Any] = {"MyServices": services, "step": SimpleNamespace(connection_id=connection_id)}
        try:
            exec(compile(example, README.name, "exec"), names)
        finally:
            names["hooks"].shutdown()
            own.tasks.cancel_all()
            own.tasks.join()
        assert [tab.title for tab in names["tabs"]] == ["Connections"]
        assert [choice.label for choice in names["choices"]] == ["Head office"]
        assert "Contacts" in names["contacts"]
