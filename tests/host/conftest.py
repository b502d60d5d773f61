"""Hosts for tests of the sample host."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sample_host.app import SampleHost
from tests.host.everything_plugin import EverythingPlugin
from tests.host.page_client import PageClient
from tests.host.running_host import InstalledPlugin, make_host


@pytest.fixture
def everything() -> EverythingPlugin:
    return EverythingPlugin()


@pytest.fixture
def host(tmp_path: Path, everything: EverythingPlugin) -> Iterator[SampleHost]:
    host = make_host(tmp_path / "data", InstalledPlugin("everything", everything))
    yield host
    host.stop(1.0)


@pytest.fixture
def client(host: SampleHost) -> PageClient:
    return PageClient(host)
