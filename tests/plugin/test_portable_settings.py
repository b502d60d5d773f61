"""What of a Xero entry travels in a file, and what becomes of it where an entry is there already."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import JsonValue

from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.xero.kept_settings import KeptSettings
from xero_connections_plugin.xero.portable_settings import SettingsUnusable, as_saved, read_again, written_down
from xero_connections_plugin.xero.scopes import ScopePreset

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LATER = datetime(2026, 12, 1, tzinfo=UTC)
TENANT = "01234567-89ab-cdef-0123-456789abcdef"
OTHER = "11111111-89ab-cdef-0123-456789abcdef"
KEPT = KeptSettings(
    client_id="C" * 32,
    application_url="http://localhost",
    port=8888,
    further_ports=(8889,),
    scope_preset=ScopePreset.GRANULAR_FILES,
    extra_scopes=("payroll.read",),
    grant_id=GrantId("grant-1"),
    tenant_id=TENANT,
    tenant_name="Bakehouse Ltd",
    tenant_type="ORGANISATION",
    is_demo=True,
    organisation_id="organisation-1",
)


def said(**changes: JsonValue) -> dict[str, JsonValue]:
    return {**written_down(KEPT), **changes}


def again(
    settings: dict[str, JsonValue], here: KeptSettings | None = None, *, configured: bool = False
) -> KeptSettings:
    return read_again(settings, here=here, is_configured=configured, now=NOW)


def test_what_is_written_down_names_no_sign_in_and_nothing_learned_here() -> None:
    assert set(written_down(KEPT)) == {
        "client_id",
        "application_url",
        "port",
        "further_ports",
        "scope_preset",
        "extra_scopes",
        "tenant_id",
        "tenant_name",
        "tenant_type",
    }


def test_a_new_entry_has_the_definition_and_company_and_no_sign_in() -> None:
    found = again(said())
    assert found.definition == KEPT.definition
    assert (found.tenant_id, found.tenant_name) == (TENANT, "Bakehouse Ltd")
    assert (found.grant_id, found.imported_at, found.tenant_fixed) == (None, NOW, False)
    saved = as_saved(found)
    assert (saved.sign_in, saved.sealed, saved.subtitle) == (None, None, "Bakehouse Ltd")


def test_only_the_client_id_is_needed() -> None:
    found = again({"client_id": "A" * 32})
    assert (found.application_url, found.port, found.scope_preset) == ("http://localhost", 8888, ScopePreset.GRANULAR)
    assert found.tenant_id == ""


def test_where_nothing_is_new_nothing_changes() -> None:
    assert again(said(), KEPT) == KEPT
    unsigned = again(said())
    assert read_again(said(), here=unsigned, is_configured=False, now=LATER) == unsigned


def test_the_sign_in_stays_with_the_same_app_and_company() -> None:
    found = again(said(port=9999, extra_scopes=[]), KEPT)
    assert (found.grant_id, found.port, found.extra_scopes) == (KEPT.grant_id, 9999, ())
    assert (found.is_demo, found.organisation_id) == (True, "organisation-1")


def test_the_name_that_the_company_has_by_now_goes_before_the_file() -> None:
    assert again(said(tenant_name="Old name"), KEPT).tenant_name == "Bakehouse Ltd"


@pytest.mark.parametrize("change", [{"client_id": "D" * 32}, {"tenant_id": OTHER, "tenant_name": "Other Ltd"}])
def test_another_app_or_company_needs_a_sign_in(change: dict[str, JsonValue]) -> None:
    found = again(said(**change), KEPT)
    assert (found.grant_id, found.imported_at) == (None, NOW)
    assert again(said(**change), found) == found


def test_another_company_takes_nothing_along_that_was_learned_about_the_first() -> None:
    found = again(said(tenant_id=OTHER, tenant_name="Other Ltd"), KEPT)
    assert (found.is_demo, found.organisation_id, found.tenant_name) == (None, "", "Other Ltd")


def test_a_company_that_the_file_leaves_open_stays_as_it_was_chosen() -> None:
    settings = said(tenant_id="", tenant_name="", tenant_type="")
    assert again(settings, KEPT) == KEPT
    assert again(settings, KEPT, configured=True).tenant_fixed is False


def test_a_company_that_configuration_names_is_fixed() -> None:
    assert again(said(), configured=True).tenant_fixed
    assert again(said(), KEPT, configured=True).grant_id == KEPT.grant_id
    assert not again(said(), again(said(), configured=True)).tenant_fixed


def test_a_company_without_a_name_is_called_by_its_id() -> None:
    assert again({"client_id": "A" * 32, "tenant_id": TENANT.upper()}).tenant_name == TENANT


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "“client_id” is missing"),
        ({"client_id": 5}, "“client_id” cannot be read"),
        ({"client_id": "short"}, "“client_id” cannot be used"),
        (said(port="8888"), "“port” cannot be read"),
        (said(port=70000), "“port” cannot be used"),
        (said(further_ports=[8888]), "“further_ports” cannot be used"),
        (said(scope_preset="everything"), "“scope_preset” cannot be used"),
        (said(application_url="ftp://x"), "“application_url” cannot be used"),
        (said(extra_scopes=["ü"]), "“extra_scopes” cannot be used"),
        (said(tenant_id="bakehouse"), "“tenant_id” cannot be used"),
        (said(refresh_token="x"), "“refresh_token” is not known"),
        (said(grant_id="grant-1"), "“grant_id” is not known"),
    ],
)
def test_what_cannot_be_used_is_named(settings: dict[str, JsonValue], sentence: str) -> None:
    with pytest.raises(SettingsUnusable, match=sentence):
        again(settings)
