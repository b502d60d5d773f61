from __future__ import annotations

import json
import threading
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from hostspec.errors import (
    AccessWithdrawn,
    ConnectionProblem,
    NoTenant,
    ProviderUnavailable,
    SignInNeeded,
    StoreUnavailable,
    TenantMismatch,
)
from hostspec.testing import FakeClock
from tests.canaries import canary
from tests.plugin.fake_tenants import FakeTenantsApi
from tests.plugin.test_tenant_options import link
from xero_connections_plugin.oauth.grant import AccessToken, GrantId
from xero_connections_plugin.xero.company_facts import Company, KnownCompanies, read_company
from xero_connections_plugin.xero.kept_settings import KeptSettings
from xero_connections_plugin.xero.pinned_company import CompanyMeans, PinnedCompany
from xero_connections_plugin.xero.scopes import ScopePreset
from xero_connections_plugin.xero.tenant_sightings import SIGHTING_SECONDS, TenantSightings
from xero_connections_plugin.xero.tenants import TenantLink

GRANT = GrantId("g1")
FIRST, NEWER = canary("pinned-first"), canary("pinned-newer")


class Tokens:
    """A token source whose first token may have been ended by somebody else."""

    def __init__(self) -> None:
        self.asked = 0

    def access_token(self, grant_id: GrantId, *, refused: int | None = None) -> AccessToken:
        assert grant_id == GRANT
        self.asked += 1
        value = FIRST if refused is None else NEWER
        return AccessToken(SecretStr(value), 1 if refused is None else 2, datetime(2026, 1, 5, tzinfo=UTC))


class CountingTenants(FakeTenantsApi):
    def __init__(self, *links: TenantLink) -> None:
        super().__init__()
        self.asked = 0
        self.links_by_token[FIRST] = list(links)

    def links(self, token: SecretStr) -> tuple[TenantLink, ...]:
        self.asked += 1
        return super().links(token)


class Companies:
    def __init__(self, company: Company | None = None) -> None:
        self.company_there = company
        self.asked: list[str] = []

    def company(self, token: SecretStr, tenant_id: str) -> Company | None:
        assert token.get_secret_value() in {FIRST, NEWER}
        self.asked.append(tenant_id)
        return self.company_there


class Bench:
    """A company of a session, and everything around it."""

    def __init__(self, *links: TenantLink, company: Company | None = None) -> None:
        self.clock = FakeClock()
        self.tenants = CountingTenants(*links)
        self.companies = Companies(company)
        self.learned: list[KeptSettings] = []
        self.warned: list[TenantMismatch] = []
        self.store_problem: ConnectionProblem | None = None
        tokens = Tokens()
        self.means = CompanyMeans(
            tokens=tokens,
            sightings=TenantSightings(tokens, self.tenants, self.clock),
            companies=self.companies,
            known=KnownCompanies(),
        )

    def pinned(self, kept: KeptSettings) -> PinnedCompany:
        return PinnedCompany(kept, GRANT, self.means, learn=self._learn, warn=self.warned.append)

    def _learn(self, kept: KeptSettings) -> None:
        if self.store_problem is not None:
            raise self.store_problem
        self.learned.append(kept)


def kept(
    tenant_id: str = "aaaa1111-1", name: str = "Bakehouse Ltd", *, is_demo: bool | None = False, own_id: str = "org-1"
) -> KeptSettings:
    return KeptSettings(
        client_id="C" * 32,
        application_url="http://localhost",
        port=8888,
        scope_preset=ScopePreset.GRANULAR,
        grant_id=GRANT,
        tenant_id=tenant_id,
        tenant_name=name,
        tenant_type="ORGANISATION",
        is_demo=is_demo,
        organisation_id=own_id,
    )


def answer(**said: object) -> bytes:
    return json.dumps({"Organisations": [said]}).encode()


def test_a_company_that_is_reached_is_sure_and_nothing_is_learned() -> None:
    bench = Bench(link("aaaa1111-1", "Bakehouse Ltd"), link("b", "Harbour"))
    bench.pinned(kept()).verify()
    assert (bench.learned, bench.warned, bench.companies.asked) == ([], [], [])


def test_a_renamed_company_is_no_mismatch_and_its_new_name_is_kept() -> None:
    bench = Bench(link("aaaa1111-1", "Bakehouse Limited"))
    bench.pinned(kept()).verify()
    assert [one.tenant_name for one in bench.learned] == ["Bakehouse Limited"]
    assert bench.learned[0].tenant_id == "aaaa1111-1"
    assert bench.warned == []


def test_a_company_without_a_name_keeps_the_one_it_was_given() -> None:
    bench = Bench(link("aaaa1111-1", None))
    bench.pinned(kept(name="Organisation aaaa1111")).verify()
    assert bench.learned == []


def test_a_namesake_with_another_id_is_a_mismatch_that_tells_both() -> None:
    bench = Bench(link("bbbb2222-2", "bakehouse ltd "))
    with pytest.raises(TenantMismatch, match="Nothing was sent") as caught:
        bench.pinned(kept()).verify()
    assert caught.value.expected == "Bakehouse Ltd (aaaa1111)"
    assert caught.value.found == "Bakehouse Ltd (bbbb2222)"
    assert "Bakehouse Ltd (aaaa1111)" in str(caught.value)
    assert "Bakehouse Ltd (bbbb2222)" in str(caught.value)
    assert bench.warned == [caught.value]


def test_a_company_that_is_reached_no_more_is_withdrawn_access_and_names_those_that_are() -> None:
    bench = Bench(link("b", "Harbour Coffee"))
    with pytest.raises(AccessWithdrawn, match="no longer reaches Bakehouse Ltd, only Harbour Coffee"):
        bench.pinned(kept()).verify()
    assert bench.warned == []


def test_a_sign_in_that_reaches_no_company_says_so() -> None:
    with pytest.raises(NoTenant, match="reaches no company any more"):
        Bench().pinned(kept()).verify()


def test_without_an_answer_of_xero_nothing_is_sent_and_the_wait_is_told() -> None:
    bench = Bench(link("aaaa1111-1", "Bakehouse Ltd"))
    bench.tenants.problem = ProviderUnavailable("Xero is out. " + "x" * 400, code="RATE_LIMITED", retry_after=7.0)
    with pytest.raises(ProviderUnavailable, match="Nothing was sent") as caught:
        bench.pinned(kept(name="N" * 120)).verify()
    assert (caught.value.code, caught.value.retry_after) == ("RATE_LIMITED", 7.0)
    assert len(str(caught.value)) <= 300


def test_every_sentence_fits_with_the_longest_names() -> None:
    long = "W" * 120
    for links in ((), (link("b", long), link("c", long + "2"), link("d", None))):
        with pytest.raises(ConnectionProblem) as caught:
            Bench(*links).pinned(kept(name="M" * 120)).verify()
        assert len(str(caught.value)) <= 300
    with pytest.raises(TenantMismatch) as mismatch:
        Bench(link("bbbb2222", long)).pinned(kept(name=long)).verify()
    assert len(str(mismatch.value)) <= 300


def test_one_list_serves_all_sessions_of_a_sign_in_for_a_while() -> None:
    bench = Bench(link("aaaa1111-1", "Bakehouse Ltd"), link("b", "Harbour"))
    for _ in range(3):
        bench.pinned(kept()).verify()
        bench.pinned(kept("b", "Harbour")).verify()
    assert bench.tenants.asked == 1
    bench.clock.advance(SIGHTING_SECONDS)
    bench.pinned(kept()).verify()
    assert bench.tenants.asked == 2


def test_bad_news_is_never_taken_from_memory() -> None:
    bench = Bench(link("b", "Harbour"))
    with pytest.raises(AccessWithdrawn):
        bench.pinned(kept()).verify()
    bench.tenants.links_by_token[FIRST] = [link("aaaa1111-1", "Bakehouse Ltd")]
    bench.pinned(kept()).verify()
    assert bench.tenants.asked == 2


def test_a_stored_token_that_xero_refuses_is_replaced_once() -> None:
    bench = Bench()
    del bench.tenants.links_by_token[FIRST]
    bench.tenants.links_by_token[NEWER] = [link("aaaa1111-1", "Bakehouse Ltd")]
    bench.pinned(kept()).verify()
    assert bench.tenants.asked == 2
    bench.tenants.links_by_token.clear()
    bench.clock.advance(SIGHTING_SECONDS)
    with pytest.raises(SignInNeeded):
        bench.pinned(kept()).verify()


def test_threads_that_need_the_list_at_once_cause_one_call() -> None:
    bench = Bench(link("aaaa1111-1", "Bakehouse Ltd"))
    start = threading.Barrier(16)

    def work() -> None:
        start.wait(30)
        bench.pinned(kept()).verify()

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert bench.tenants.asked == 1


def test_a_company_is_asked_once_whether_it_is_a_demo_company() -> None:
    bench = Bench(link("aaaa1111-1", "Bakehouse Ltd"), company=Company("org-7", "Bakehouse Ltd", is_demo=True))
    bench.pinned(kept(is_demo=None, own_id="")).verify()
    bench.pinned(kept(is_demo=None, own_id="")).verify()
    assert bench.companies.asked == ["aaaa1111-1"]
    assert [(one.is_demo, one.organisation_id) for one in bench.learned] == [(True, "org-7")] * 2
    assert bench.means.known.is_demo("aaaa1111-1") is True


def test_a_company_that_cannot_be_asked_does_not_keep_a_write_back() -> None:
    bench = Bench(link("aaaa1111-1", "Bakehouse Ltd"))
    for _ in range(2):
        bench.pinned(kept(is_demo=None, own_id="")).verify()
    assert (bench.companies.asked, bench.learned) == (["aaaa1111-1"], [])


def test_a_practice_has_no_organisation_to_ask() -> None:
    bench = Bench(link("aaaa1111-1", "Bakehouse Ltd", kind="PRACTICE"))
    bench.pinned(kept(is_demo=None, own_id="").model_copy(update={"tenant_type": "PRACTICE"})).verify()
    assert bench.companies.asked == []


def test_another_organisation_than_before_is_a_mismatch() -> None:
    bench = Bench()
    with pytest.raises(TenantMismatch, match="Harbour Coffee answered") as caught:
        bench.pinned(kept()).heard(answer(OrganisationID="ORG-2", Name="Harbour Coffee", IsDemoCompany=False))
    assert (caught.value.expected, caught.value.found) == ("Bakehouse Ltd", "Harbour Coffee")
    assert bench.warned == [caught.value]
    assert (bench.learned, bench.means.known.of("aaaa1111-1")) == ([], None)


def test_the_id_that_a_company_gives_itself_may_differ_from_the_tenants() -> None:
    bench = Bench()
    pinned = bench.pinned(kept(own_id="", is_demo=None))
    pinned.heard(answer(OrganisationID="ORG-1", Name="Bakehouse Ltd", IsDemoCompany=True))
    pinned.heard(answer(OrganisationID="org-1", Name="Bakehouse Ltd", IsDemoCompany=True))
    assert [(one.organisation_id, one.is_demo) for one in bench.learned] == [("org-1", True)]


def test_a_store_in_trouble_does_not_hide_the_answer() -> None:
    bench = Bench(link("aaaa1111-1", "New name"))
    bench.store_problem = StoreUnavailable("The disk is full.")
    bench.pinned(kept()).verify()
    assert bench.learned == []


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'{"Organisations":{}}', b'{"Organisations":[1]}', b'{"Organisations":[{},{}]}', b"{"],
)
def test_what_is_no_company_is_not_heard(body: bytes) -> None:
    assert read_company(body) is None
    bench = Bench()
    bench.pinned(kept(is_demo=None)).heard(body)
    assert bench.learned == []


def test_a_company_says_only_what_can_be_understood() -> None:
    assert read_company(answer(OrganisationID=7, Name="A\u202eB\n", IsDemoCompany="true")) == Company("", "AB", None)
