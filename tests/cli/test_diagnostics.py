"""A bundle for support: what it holds, and what it does not."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path

import pytest

from tests.canaries import canary, find_marks
from tests.cli.operator_site import a_site, operate, settings_as_variables, store_of
from tests.postgresql_server import PostgresqlServer
from tests.stories.capture_site import Site
from xero_connections_plugin.gateways.diagnostics.pseudonyms import Pseudonyms
from xero_connections_plugin.xero.texts.company_texts import short

PROXY = canary("proxy password")
DATABASE = canary("database password")
NAMES = ("Head office", "Ada", "Bakehouse", "Harbour")


def files_in(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}


def bundle(folder: Path, target: Path, variables: dict[str, str], *options: str) -> dict[str, str]:
    done = operate(folder, "diagnostics", str(target), "--offline", *options, variables=variables)
    assert done.exit_code == 0, done.output
    assert not find_marks(done.output)
    return files_in(target)


def test_it_holds_states_and_failures_and_neither_secrets_nor_names(tmp_path: Path) -> None:
    with a_site(tmp_path / "data", "Head office") as site:
        site.host.stop()
        before = store_of(site.data_dir).read_bytes()
        variables = {
            **settings_as_variables(site),
            "HTTPS_PROXY": f"http://someone:{PROXY}@proxy.example.com:3128",
        }
        found = bundle(site.data_dir, tmp_path / "support.zip", variables)
        assert stat.S_IMODE((tmp_path / "support.zip").stat().st_mode) == 0o600
        everything = "\n".join(found.values())
        assert not find_marks(everything)
        assert not [name for name in NAMES if name.casefold() in everything.casefold()]
        (entry,) = json.loads(found["connections.json"])
        assert entry["name"] == "Connection 1"
        (sign_in,) = json.loads(found["sign-ins.json"])
        assert (sign_in["state"], sign_in["grant_id"]) == ("active", entry["definition"]["grant_id"])
        assert "sealed" not in sign_in
        assert json.loads(found["settings.json"])["HTTPS_PROXY"] == "http://proxy.example.com:3128"
        assert json.loads(found["store.json"])["rows"]["connections"] == 1
        for name in found:
            assert name in found["README.txt"]
        assert store_of(site.data_dir).read_bytes() == before
        named = bundle(site.data_dir, tmp_path / "named.zip", variables, "--with-names")
        assert json.loads(named["connections.json"])[0]["name"] == "Head office"
        assert not find_marks("\n".join(named.values()))


@pytest.mark.postgresql
def test_it_holds_the_same_of_a_list_on_a_server(
    tmp_path: Path, postgresql: PostgresqlServer, postgresql_url: str
) -> None:
    with Site(tmp_path / "data", settings={"database_url": postgresql_url}) as site:
        site.add(site.tab(), "Head office")
        site.decide = site.deny
        tab = site.tab()
        tab.row("Head office")
        tab.press("Edit")
        site.authorize(tab)
        site.host.stop()
        variables = {**settings_as_variables(site), "XERO_CONNECTIONS_DATABASE_URL": postgresql_url}
        found = bundle(site.data_dir, tmp_path / "support.zip", variables)
        everything = "\n".join(found.values())
        assert not find_marks(everything)
        assert postgresql.password not in everything
        assert not [name for name in NAMES if name.casefold() in everything.casefold()]
        store = json.loads(found["store.json"])
        assert (store["rows"]["connections"], store["rows"]["grants"], store["trouble"]) == (1, 1, "")
        assert [entry["name"] for entry in json.loads(found["connections.json"])] == ["Connection 1"]
        (sign_in,) = json.loads(found["sign-ins.json"])
        assert sign_in["state"] == "active"
        assert not [name for name in sign_in if "sealed" in name]
        assert json.loads(found["failures.json"])
        address = json.loads(found["settings.json"])["database_url"]
        assert address == f"postgresql+psycopg://127.0.0.1:{postgresql.port}"
        checks = {one["check"]: one["grade"] for one in json.loads(found["findings.json"])}
        assert (checks["store.server"], checks["store.writable"]) == ("ok", "ok")


@pytest.mark.postgresql
def test_a_server_that_refuses_the_password_is_told_without_it(
    tmp_path: Path, postgresql: PostgresqlServer, postgresql_url: str
) -> None:
    wrong = postgresql_url.replace(postgresql.password, DATABASE)
    found = bundle(tmp_path, tmp_path / "support.zip", {"XERO_CONNECTIONS_DATABASE_URL": wrong})
    assert not find_marks("\n".join(found.values()))
    assert "could not be read" in json.loads(found["store.json"])["trouble"]
    checks = {one["check"]: one["grade"] for one in json.loads(found["findings.json"])}
    assert checks["store.server"] == "problem"


@pytest.mark.exempt(I1="the key and the password stand in the environment that they were given in")
def test_it_is_made_where_nothing_works_and_shows_no_setting_that_is_secret(tmp_path: Path) -> None:
    variables = {
        "XERO_CONNECTIONS_DATABASE_URL": f"postgresql://capture:{DATABASE}@127.0.0.1:1/capture",
        "XERO_CONNECTIONS_KEY": canary("key"),
        "XERO_CONNECTIONS_ENTRIES": canary("entries"),
    }
    found = bundle(tmp_path, tmp_path / "support.zip", variables)
    settings = json.loads(found["settings.json"])
    assert settings == {
        **settings,
        "database_url": "postgresql://127.0.0.1:1",
        "key": "[secret]",
        "entries": "(set)",
    }
    assert not find_marks("\n".join(found.values()))
    assert "could not be read" in found["store.json"]


def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    target = tmp_path / "support.zip"
    target.write_text("mine")
    done = operate(tmp_path, "diagnostics", str(target), "--offline")
    assert (done.exit_code, target.read_text()) == (2, "mine")


def test_the_same_name_is_always_the_same_word_and_secrets_go_first() -> None:
    names = Pseudonyms(
        {"Company": ["Demo", "Demo Company"], "Person": ["ada@example.com"]}, ["hidden-one"], with_names=False
    )
    told = names.text("demo company, DEMO, Demonstration, ada@example.com, other@example.com, hidden-one")
    assert told == "Company 2, Company 1, Demonstration, Person 1, [address], [secret]"
    assert names.name("Demo") == "Company 1"
    assert names.name("never seen") == ""
    assert names.text("x" * 60) == "[secret]"


def test_a_name_that_a_sentence_had_no_room_for_is_recognized_too() -> None:
    long = "Bakehouse Family Bakeries of the Northern and Eastern Districts"
    names = Pseudonyms({"Company": ["Bakehouse", long]}, [], with_names=False)
    told = names.text(f"Nothing was sent: {short(long, 40)} is gone, and bakehouse is there. Wait… Bakehouse Fa…")
    assert told == "Nothing was sent: Company 2… is gone, and Company 1 is there. Wait… Company 2…"
