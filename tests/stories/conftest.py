"""Stories about what is stored are told on every database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from hostspec.testing.fake_clock import START
from tests.reliability.server_clock import ServerClock
from tests.stories.capture_site import Site
from tests.stories.workstations import Workstations

if TYPE_CHECKING:
    from tests.postgresql_server import PostgresqlServer

ON_EVERY_DATABASE: Final = frozenset(
    {
        "test_changed_sign_ins",
        "test_configured_stories",
        "test_copying_stories",
        "test_definition_stories",
        "test_deleting_stories",
        "test_first_connection",
        "test_hook_stories",
        "test_lasting_sign_ins",
        "test_limit_stories",
        "test_list_stories",
        "test_repair_stories",
        "test_right_company",
        "test_transfer_stories",
        "test_using_stories",
    }
)

IN_THE_FILE: Final = frozenset(
    {
        # They are about two installations, and the database that the environment names is one.
        "test_at_another_installation_entries_keep_their_ids_and_need_a_sign_in",
        "test_the_sign_in_of_an_imported_entry_is_for_the_company_in_the_file",
        "test_one_sign_in_serves_every_imported_connection_whose_company_it_reaches",
        "test_an_imported_connection_can_be_deleted_and_taken_back_before_its_first_sign_in",
        # They look into the file, or let days pass, which a server's clock does not do.
        "test_a_host_without_a_data_directory_uses_the_one_that_was_set",
        "test_a_sign_in_that_nobody_saved_is_wiped_after_a_day_and_not_revoked",
        "test_another_client_id_binds_another_sign_in_to_the_same_entry",
        "test_idle_for_sixty_days_is_told_as_such",
        "test_an_idle_sign_in_is_repaired_for_all_entries_at_once",
        "test_a_dead_sign_in_serves_no_further_company",
    }
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    module = metafunc.module.__name__.rpartition(".")[2]
    if module in ON_EVERY_DATABASE and metafunc.function.__name__ not in IN_THE_FILE:
        databases = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
        metafunc.parametrize("_database_of_story", databases, indirect=True)


@pytest.fixture(autouse=True)
def _database_of_story(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if getattr(request, "param", None) == "postgresql":
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        url: str = request.getfixturevalue("postgresql_url")
        ServerClock(server, url, START)
        monkeypatch.setenv("XERO_CONNECTIONS_DATABASE_URL", url)


@pytest.fixture
def here(tmp_path: Path, postgresql: PostgresqlServer, postgresql_url: str) -> Iterator[Workstations]:
    """A site on PostgreSQL, which further workstations may join."""
    first = tmp_path / "first"
    first.mkdir(mode=0o700)
    with Site(first, settings={"database_url": postgresql_url}) as site:
        yield Workstations(site, postgresql, postgresql_url, tmp_path)
