from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from hostspec.errors import ConnectionProblem, ProviderUnavailable
from hostspec.forms import FactsField, Form, NoteField, TableField
from hostspec.providers import Connection, SavedConnection
from hostspec.rows import Row
from hostspec.testing import FakeClock
from hostspec.value import ConnectionId, TypeId
from tests.canaries import canary
from tests.plugin.fake_tenants import FakeTenantsApi
from tests.plugin.memory_entries import MemoryEntryStore
from tests.plugin.test_siblings import record
from tests.plugin.test_tenant_options import link
from xero_connections_plugin.oauth.grant import AccessToken, GrantId, GrantRecord, GrantState
from xero_connections_plugin.xero.call_meter import CallMeter
from xero_connections_plugin.xero.company_facts import Company, KnownCompanies
from xero_connections_plugin.xero.limits import MOST_SIGN_INS, LimitMeans, XeroLimits
from xero_connections_plugin.xero.limits_view import END_ACT, MOST_ROWS

XERO = TypeId("xero")
APP, OTHER_APP = "A" * 32, "B" * 32
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def token_of(grant_id: str) -> str:
    return canary(f"limits-{grant_id}")


class Tokens:
    def access_token(self, grant_id: GrantId, *, refused: int | None = None) -> AccessToken:
        assert refused is None
        return AccessToken(SecretStr(token_of(grant_id)), 1, NOW)


class Bench:
    """Entries, what their sign-ins reach, and the room under test."""

    def __init__(self, *, plan_links: int | None = None) -> None:
        self.entries = MemoryEntryStore()
        self.deleted: list[Connection] = []
        self.tenants = FakeTenantsApi()
        self.clock = FakeClock(NOW)
        self.meter = CallMeter(self.clock)
        self.known = KnownCompanies()
        self.dead: set[str] = set()
        self.limits = XeroLimits(
            LimitMeans(
                type_id=XERO,
                entries=self.entries,
                deleted=lambda: self.deleted,
                records=self._records,
                works=lambda one: one is not None and one.state is GrantState.ACTIVE,
                tokens=Tokens(),
                tenants=self.tenants,
                meter=self.meter,
                known=self.known,
                clock=self.clock,
                plan_links=plan_links,
            )
        )

    def add(self, name: str, tenant_id: str, *, grant: str = "g1", app: str = APP, company: str = "") -> Connection:
        one = entry(name, tenant_id, grant=grant, app=app, company=company)
        self.entries.add(one, name_key=name.casefold())
        return one

    def reach(self, grant: str, *tenant_ids: str) -> None:
        links = [link(tenant_id, f"Company {tenant_id}") for tenant_id in tenant_ids]
        self.tenants.links_by_token[token_of(grant)] = links

    def look(self, selected: Connection | None = None) -> Form:
        return self.limits.limits(selected, lambda: True)

    def _records(self, grant_ids: Sequence[GrantId]) -> Mapping[GrantId, GrantRecord]:
        apps = {one.saved.sign_in: one.saved.settings["client_id"] for one in self.entries._entries.values()}
        return {
            grant_id: GrantRecord(
                **{
                    **record(GrantState.NEEDS_SIGN_IN if grant_id in self.dead else GrantState.ACTIVE).__dict__,
                    "grant_id": grant_id,
                    "client_id": str(apps[grant_id]),
                    "account": f"User of {grant_id}",
                }
            )
            for grant_id in grant_ids
        }


def entry(name: str, tenant_id: str, *, grant: str | None = "g1", app: str = APP, company: str = "") -> Connection:
    return Connection(
        connection_id=ConnectionId(f"id-{name}"),
        type_id=XERO,
        display_name=name,
        saved=SavedConnection(
            settings={"client_id": app, "tenant_id": tenant_id},
            sign_in=grant,
            subtitle=company or f"Company {tenant_id}",
        ),
        created_at=NOW,
        changed_at=NOW,
    )


def table(form: Form, field_id: str) -> tuple[Row, ...]:
    return next(one.rows for one in form.fields if isinstance(one, TableField) and one.field_id == field_id)


def facts(form: Form) -> dict[str, str]:
    return {fact.label: fact.text for one in form.fields if isinstance(one, FactsField) for fact in one.facts}


def notes(form: Form) -> str:
    return " ".join(one.text for one in form.fields if isinstance(one, NoteField))


def texts(row: Row) -> list[str]:
    return [cell.text for cell in row.cells]


def test_companies_that_no_entry_of_the_app_uses_are_stale() -> None:
    bench = Bench()
    bench.add("Head office", "t1")
    bench.add("Other app", "t2", grant="g2", app=OTHER_APP)
    bench.reach("g1", "t1", "t2", "t3")
    bench.reach("g2", "t2")
    bench.deleted.append(entry("Gone", "t3"))
    form = bench.look()
    assert [(row.label, texts(row)[1]) for row in table(form, "links")] == [("Company t2", "User of g1")]
    repair = table(form, "links")[0].repair
    assert repair is not None
    assert (repair.action_id, repair.label) == (END_ACT, "Unlink")
    assert facts(form) == {"App AAAAAAAA…": "3 companies are open to it", "App BBBBBBBB…": "One company is open to it"}


def test_a_company_reached_by_two_users_counts_once() -> None:
    bench = Bench(plan_links=2)
    bench.add("Head office", "t1")
    bench.add("Kiosk", "t2", grant="g2")
    bench.reach("g1", "t1", "t2")
    bench.reach("g2", "t2")
    form = bench.look()
    assert facts(form)["App AAAAAAAA…"] == "2 of 2 links used"
    assert "is full" in notes(form)
    assert table(form, "links") == ()


def test_of_a_selected_entry_only_its_app_is_asked() -> None:
    bench = Bench()
    bench.add("Head office", "t1")
    other = bench.add("Other app", "t2", grant="g2", app=OTHER_APP)
    bench.reach("g2", "t2")
    form = bench.look(other)
    assert list(facts(form)) == ["App BBBBBBBB…"]
    assert [row.label for row in table(form, "calls")] == ["Company t2"]


def test_sign_ins_that_do_not_work_are_not_asked_and_failures_are_told() -> None:
    bench = Bench()
    bench.add("Head office", "t1")
    bench.add("Kiosk", "t2", grant="g2")
    bench.dead.add("g2")
    bench.tenants.problem = ProviderUnavailable("Xero is out of order right now.")
    form = bench.look()
    assert notes(form).count("could not be asked") == 1
    assert "User of g1 could not be asked: Xero is out of order right now." in notes(form)
    assert facts(form) == {}


def test_thousands_of_sign_ins_are_not_asked_at_once() -> None:
    bench = Bench()
    for number in range(MOST_SIGN_INS + 7):
        bench.add(f"n{number:03}", f"t{number}", grant=f"g{number}")
        bench.reach(f"g{number}", f"t{number}")
    form = bench.look()
    assert facts(form)["App AAAAAAAA…"] == f"{MOST_SIGN_INS} companies are open to it"
    assert "7 more sign-ins were not asked" in notes(form)


def test_asking_ends_when_nobody_wants_the_answer() -> None:
    bench = Bench()
    bench.add("Head office", "t1")
    assert facts(bench.limits.limits(None, lambda: False)) == {}


def test_a_long_table_is_cut_with_what_is_known_first() -> None:
    bench = Bench()
    for number in range(MOST_ROWS + 50):
        bench.add(f"n{number:03}", f"t{number:03}")
    bench.reach("g1")
    bench.meter.of(APP, "t249").answered({"X-DayLimit-Remaining": "7"})
    rows = table(bench.look(), "calls")
    assert len(rows) == MOST_ROWS
    assert texts(rows[0])[:4] == ["Company t249", "n249", "not known yet", "7"]


def test_what_is_known_grows_old() -> None:
    bench = Bench()
    bench.known.note("t1", Company("o1", "Company t1", is_demo=True))
    bench.add("Head office", "t1")
    bench.reach("g1", "t1")
    bench.meter.of(APP, "t1").answered({"X-MinLimit-Remaining": "3", "X-AppMinLimit-Remaining": "9000"})
    form = bench.look()
    assert texts(table(form, "calls")[0])[2:] == ["3", "not known yet", "09:00 UTC"]
    assert table(form, "calls")[0].cells[0].mark == "demo company"
    assert facts(form)["Calls left this minute, all companies together"] == "9,000"
    bench.meter.of(APP, "t1").answered({"X-DayLimit-Remaining": "1000"})
    bench.clock.advance(60)
    form = bench.look()
    assert texts(table(form, "calls")[0])[2:4] == ["not known yet", "1,000"]
    assert len(facts(form)) == 1
    bench.clock.advance(timedelta(days=1).total_seconds())
    assert texts(table(bench.look(), "calls")[0])[2:] == ["not known yet", "not known yet", "5 Jan, 09:00 UTC"]


def test_a_link_is_ended_once_and_only_while_nobody_uses_it() -> None:
    bench = Bench()
    bench.add("Head office", "t1")
    bench.reach("g1", "t1", "t2")
    bench.look()
    assert "Company t2" in bench.limits.end_question("link-t2")
    newcomer = bench.add("Kiosk", "t2")
    with pytest.raises(ConnectionProblem, match="uses this company by now"):
        bench.limits.end("link-t2")
    assert len(bench.tenants.links_by_token[token_of("g1")]) == 2
    bench.entries.begin_removal(newcomer.connection_id)
    assert "no longer open" in bench.limits.end("link-t2")
    assert [one.tenant_id for one in bench.tenants.links_by_token[token_of("g1")]] == ["t1"]
    with pytest.raises(ConnectionProblem, match="not listed any more"):
        bench.limits.end("link-t2")


def test_what_was_never_shown_cannot_be_ended() -> None:
    bench = Bench()
    bench.add("Head office", "t1")
    bench.reach("g1", "t1")
    bench.look()
    for row_id in ("link-t1", "", "calls-0"):
        with pytest.raises(ConnectionProblem):
            bench.limits.end_question(row_id)
        with pytest.raises(ConnectionProblem):
            bench.limits.end(row_id)
