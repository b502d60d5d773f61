"""The plugin and its connection type keep every rule that authors of hosts and providers are promised."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING, ClassVar

import pytest

from hostspec import ActionField, ChoiceField, ShowMessage, UserAct, Wait
from hostspec.hosting.form_values import fields_of, first_values
from hostspec.testing import FakeBrowser, FakeClock, FakeHost, PluginContract, ProviderContract
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from tests.stories.capture_site import Site, make_marked_plugin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from hostspec import ConnectionProvider, Draft, FieldValue

CONTINUES = 1000
"""How often a wait is asked how it goes on, at most."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as opened:
        yield opened


@pytest.fixture(scope="module")
def kept_entry(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with one connection that somebody signed in to."""
    site.add(site.tab(), "Head office")
    copied = tmp_path_factory.mktemp("kept") / "data"
    shutil.copytree(site.data_dir, copied)
    return copied


def host_at(site: Site, data_dir: Path | None) -> FakeHost:
    key = {"key_file": str(data_dir / "connections.key")} if data_dir is not None else {}
    return FakeHost(
        data_dir,
        settings={**site.plugin_settings, **key},
        browser=FakeBrowser(on_open=lambda address: site.decide(address)),
        clock=FakeClock(auto_advance=True),
    )


class TestXeroConnections(PluginContract):
    site: ClassVar[Site]
    kept: ClassVar[Path]

    @pytest.fixture(autouse=True)
    def _world(self, site: Site, kept_entry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(type(self), "site", site, raising=False)
        monkeypatch.setattr(type(self), "kept", kept_entry, raising=False)

    def make_plugin(self) -> object:
        return make_marked_plugin()

    def make_host(self, data_dir: Path | None) -> FakeHost:
        if data_dir is not None and not any(data_dir.iterdir()):
            shutil.copytree(self.kept, data_dir, dirs_exist_ok=True)
        return host_at(self.site, data_dir)


class TestXeroType(ProviderContract):
    type_id = "xero"
    opens = True
    site: ClassVar[Site]

    @pytest.fixture(autouse=True)
    def _world(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(type(self), "site", site, raising=False)

    def make_plugin(self) -> object:
        return make_marked_plugin()

    def make_host(self, data_dir: Path) -> FakeHost:
        host = host_at(self.site, data_dir)
        host.register("provider", self.make_plugin())
        return host

    def values(self) -> Mapping[str, FieldValue]:
        return {"client_id": DEMO_CLIENT_ID, "port": self.site.callback_port}

    def complete(self, provider: ConnectionProvider, draft: Draft) -> Draft:
        """Signs in with the browser and chooses the first company."""
        (authorize,) = (
            one.action_id
            for one in fields_of(provider.form(draft))
            if isinstance(one, ActionField) and one.label == "Authorize"
        )
        step = provider.act(draft, UserAct(action_id=authorize, dialog_id=draft.draft_id))
        pause = threading.Event()
        for _ in range(CONTINUES):
            if not isinstance(step, Wait):
                break
            pause.wait(0.02)
            step = provider.act(draft, UserAct(action_id="continue", wait_id=step.wait_id))
        assert isinstance(step, ShowMessage), step
        form = provider.form(draft)
        (tenant,) = (one for one in fields_of(form) if isinstance(one, ChoiceField) and one.field_id == "tenant")
        company = next(option.value for option in tenant.options if not option.disabled_reason)
        return draft.model_copy(update={"values": {**first_values(form), **self.values(), "tenant": company}})
