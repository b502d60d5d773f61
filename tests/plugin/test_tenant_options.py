import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from xero_connections_plugin.xero.tenants import TenantLink, tenant_options
from xero_connections_plugin.xero.xero_tokens import read_identity


def link(tenant_id: str, name: str | None, *, event: str | None = None, kind: str = "ORGANISATION") -> TenantLink:
    return TenantLink(
        link_id=f"link-{tenant_id}",
        tenant_id=tenant_id,
        tenant_type=kind,
        tenant_name=name,
        event_id=event,
        created_at=None,
        updated_at=None,
    )


def test_just_approved_companies_come_first_and_are_marked() -> None:
    options = tenant_options(
        [link("a1", "Anna"), link("b2", "Bert", event="now"), link("c3", "Cleo", event="old")], "now"
    )
    assert [(option.label, option.just_approved) for option in options] == [
        ("Bert", True),
        ("Anna", False),
        ("Cleo", False),
    ]


def test_an_unknown_event_marks_nothing_even_where_links_have_none() -> None:
    assert not any(option.just_approved for option in tenant_options([link("a1", "Anna", event=None)], ""))


def test_equal_names_are_told_apart_by_the_beginning_of_their_ids() -> None:
    options = tenant_options([link("11111111-aa", "Bakehouse"), link("22222222-bb", "Bakehouse")], "")
    assert [option.label for option in options] == ["Bakehouse (11111111)", "Bakehouse (22222222)"]
    assert {option.name for option in options} == {"Bakehouse"}


@pytest.mark.parametrize("name", [None, "", "  "])
def test_a_missing_name_is_shown_as_type_and_short_id(name: str | None) -> None:
    assert tenant_options([link("33333333-cc", name, kind="PRACTICE")], "")[0].label == "Practice 33333333"


def test_no_link_is_a_normal_answer() -> None:
    assert tenant_options([], "now") == ()


def jwt(claims: object) -> SecretStr:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return SecretStr(f"e30.{payload}.sig")


def test_user_and_consent_are_read_from_the_access_token() -> None:
    identity = read_identity(
        jwt({"xero_userid": "u1", "authentication_event_id": "e1"}), account="Ada", unknown_user="?"
    )
    assert (identity.user_id, identity.event_id, identity.account) == ("u1", "e1", "Ada")


@pytest.mark.parametrize(
    "token", [jwt({}), jwt([1]), jwt({"xero_userid": 7}), SecretStr("opaque"), SecretStr("a.!.c"), SecretStr("")]
)
def test_a_token_that_does_not_tell_its_user_never_joins_another_grant(token: SecretStr) -> None:
    assert read_identity(token, account="", unknown_user="unique").user_id == "unique"


@given(st.text(max_size=200))
def test_no_text_whatsoever_breaks_the_reading_of_tokens(text: str) -> None:
    assert read_identity(SecretStr(text), account="", unknown_user="unique").user_id


def test_the_name_of_a_person_is_made_fit_to_be_shown_and_odd_ids_are_none() -> None:
    claims = {"xero_userid": "a\nb", "authentication_event_id": "\u202eid"}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    account = "Ada \u202erepeeK\x00" + "x" * 500
    identity = read_identity(SecretStr(f"h.{payload}.s"), account=account, unknown_user="new")
    assert identity.account.startswith("Ada repeeK ")
    assert len(identity.account) == 120
    assert (identity.user_id, identity.event_id) == ("new", "")
