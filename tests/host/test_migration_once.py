"""A document is never posted twice, whatever gets lost on the way, and what fails is said."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from hostspec.errors import AccessWithdrawn, ProviderUnavailable
from hostspec.value import TypeId
from sample_host.kept_data import HostData
from sample_host.migration import OutcomeKind, XeroMigration
from sample_host.postings import PostingBook, PostingState
from sample_host.profiles import DocumentType, FieldMapping, FieldTarget, MigrationStep
from sample_host.sample_invoices import CapturedDocument, captured_documents
from tests.host.fake_ledger import Answer, FakeLedger, Fault, Time, answer

STEP = MigrationStep(step_id="x", name="Xero migration", type_id=TypeId("xero"))
DOCUMENT = captured_documents(DocumentType.PAYABLE)[0]
LOST = ProviderUnavailable("Xero cannot be reached.")


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def ledger(time: Time) -> FakeLedger:
    return FakeLedger(time)


@pytest.fixture
def postings(tmp_path: Path, time: Time) -> PostingBook:
    return PostingBook(HostData(tmp_path / "host.sqlite3", time.now))


Post = Callable[..., OutcomeKind]


@pytest.fixture
def post(ledger: FakeLedger, postings: PostingBook, time: Time) -> Post:
    keys = count(1)

    def post(
        document: CapturedDocument = DOCUMENT, step: MigrationStep = STEP, into: FakeLedger = ledger
    ) -> OutcomeKind:
        migration = XeroMigration(into.session(), postings, time.now, lambda: f"key-{next(keys)}")
        return migration.post(migration.company(), step, document).kind

    return post


def test_a_document_becomes_a_draft_bill_with_its_file(ledger: FakeLedger, post: Post) -> None:
    assert post() is OutcomeKind.POSTED
    (bill,) = ledger.invoices
    assert (bill["Type"], bill["Status"], bill["InvoiceNumber"]) == ("ACCPAY", "DRAFT", DOCUMENT.number)
    assert bill["Total"] == float(DOCUMENT.total)
    assert bill["Contact"] == {"ContactID": "c1"}
    assert ledger.contacts[0]["Name"] == DOCUMENT.contact
    assert ledger.attachments["i1", DOCUMENT.file_name].startswith(b"%PDF-")


def test_a_receivable_becomes_a_draft_invoice(ledger: FakeLedger, post: Post) -> None:
    step = STEP.model_copy(update={"document_type": DocumentType.RECEIVABLE})
    assert post(captured_documents(DocumentType.RECEIVABLE)[0], step) is OutcomeKind.POSTED
    assert (ledger.invoices[0]["Type"], ledger.invoices[0]["Status"]) == ("ACCREC", "DRAFT")


def test_index_fields_go_where_the_mapping_says(ledger: FakeLedger, post: Post) -> None:
    mapping = FieldMapping(purchase_order=FieldTarget.DESCRIPTION, cost_center=FieldTarget.REFERENCE)
    post(step=STEP.model_copy(update={"mapping": mapping}))
    assert ledger.invoices[0]["Reference"] == DOCUMENT.cost_center
    assert ledger.invoices[0]["LineItems"][0]["Description"].endswith(f"Purchase order: {DOCUMENT.purchase_order}")
    nowhere = FieldMapping(purchase_order=FieldTarget.NOWHERE, cost_center=FieldTarget.NOWHERE)
    post(captured_documents(DocumentType.PAYABLE)[2], STEP.model_copy(update={"mapping": nowhere}))
    assert "Reference" not in ledger.invoices[1]
    assert "\n" not in ledger.invoices[1]["LineItems"][0]["Description"]


def test_a_known_contact_is_used_whatever_the_case_of_its_name(ledger: FakeLedger, post: Post) -> None:
    ledger.contacts.append({"ContactID": "c9", "Name": f"{DOCUMENT.contact} Holdings", "ContactStatus": "ACTIVE"})
    ledger.contacts.append({"ContactID": "c7", "Name": DOCUMENT.contact.upper(), "ContactStatus": "ACTIVE"})
    post()
    assert ledger.invoices[0]["Contact"] == {"ContactID": "c7"}
    assert len(ledger.contacts) == 2


def test_a_posted_document_is_not_posted_again_for_days(ledger: FakeLedger, post: Post, time: Time) -> None:
    post()
    time.advance(days=3)
    before = len(ledger.requests)
    assert post() is OutcomeKind.ALREADY_POSTED
    assert ledger.requests[before:] == [("GET", "Organisation")]
    assert len(ledger.invoices) == 1


def test_the_same_document_may_go_to_another_company(ledger: FakeLedger, post: Post, time: Time) -> None:
    other = FakeLedger(time, tenant_id="tenant-2", name="Harbour Coffee")
    assert post() is OutcomeKind.POSTED
    assert post(into=other) is OutcomeKind.POSTED
    assert (len(ledger.invoices), len(other.invoices)) == (1, 1)


@pytest.mark.parametrize("handled", [True, False])
@pytest.mark.parametrize("minutes", [0, 5, 7, 24 * 60])
@pytest.mark.parametrize(
    "result", [LOST, OSError("reset"), Answer(503, b"down"), Answer(500, b"{}"), Answer(200, b"<html>portal</html>")]
)
def test_a_lost_answer_never_doubles_a_document(
    ledger: FakeLedger, post: Post, time: Time, handled: bool, minutes: int, result: Answer | Exception
) -> None:
    ledger.faults.append(Fault("Invoices", result, handled=handled, method="PUT"))
    try:
        first = post()
    except ProviderUnavailable:
        first = OutcomeKind.UNKNOWN
    assert first in (OutcomeKind.UNKNOWN, OutcomeKind.POSTED)
    time.advance(minutes=minutes)
    assert post() in (OutcomeKind.POSTED, OutcomeKind.ALREADY_POSTED)
    assert len(ledger.invoices) == 1
    assert len(ledger.attachments) == 1


def test_after_an_unknown_outcome_the_document_is_looked_for_before_anything_is_sent(
    ledger: FakeLedger, post: Post, time: Time
) -> None:
    ledger.faults.append(Fault("Invoices", LOST, handled=True, method="PUT"))
    with pytest.raises(ProviderUnavailable):
        post()
    time.advance(hours=2)
    before = len(ledger.requests)
    assert post() is OutcomeKind.POSTED
    assert ("PUT", "Invoices") not in ledger.requests[before:]
    assert ledger.requests[before + 1] == ("GET", "Invoices")


def test_the_same_key_is_sent_again_only_while_the_other_side_remembers_it(
    ledger: FakeLedger, post: Post, postings: PostingBook, time: Time
) -> None:
    def lose_and_read() -> str:
        ledger.faults.append(Fault("Invoices", LOST, method="PUT"))
        with pytest.raises(ProviderUnavailable):
            post()
        known = postings.get(DOCUMENT.document_id, "tenant-1")
        assert known is not None
        assert known.state is PostingState.ABOUT_TO_POST
        return known.request_key

    first = lose_and_read()
    time.advance(minutes=5)
    assert lose_and_read() == first
    time.advance(minutes=2)
    assert lose_and_read() != first


def test_the_mark_is_kept_before_the_document_leaves(ledger: FakeLedger, post: Post, postings: PostingBook) -> None:
    ledger.faults.append(Fault("Invoices", KeyboardInterrupt("the power went off"), handled=True, method="PUT"))
    with pytest.raises(KeyboardInterrupt):
        post()
    known = postings.get(DOCUMENT.document_id, "tenant-1")
    assert known is not None
    assert known.state is PostingState.ABOUT_TO_POST


def test_a_document_of_that_number_with_another_total_is_not_taken_for_ours(
    ledger: FakeLedger, post: Post, time: Time
) -> None:
    ledger.faults.append(Fault("Invoices", LOST, handled=True, method="PUT"))
    with pytest.raises(ProviderUnavailable):
        post()
    ledger.invoices[0]["Total"] = 1.0
    assert post() is OutcomeKind.FAILED
    assert len(ledger.invoices) == 1


@pytest.mark.parametrize(
    "change", [{"Status": "DELETED"}, {"Status": "VOIDED"}, {"Type": "ACCREC"}, {"Contact": {"ContactID": "c99"}}]
)
def test_another_document_of_that_number_does_not_count_as_ours(
    ledger: FakeLedger, post: Post, time: Time, change: dict[str, object]
) -> None:
    ledger.faults.append(Fault("Invoices", LOST, handled=True, method="PUT"))
    with pytest.raises(ProviderUnavailable):
        post()
    ledger.invoices[0].update(change)
    time.advance(minutes=10)
    assert post() is OutcomeKind.POSTED
    assert len(ledger.invoices) == 2


def test_a_refused_document_can_be_posted_once_it_is_mended(
    ledger: FakeLedger, post: Post, postings: PostingBook
) -> None:
    refusal = {"Elements": [{"ValidationErrors": [{"Message": "The date is before the lock date."}]}]}
    ledger.faults.append(Fault("Invoices", answer(400, refusal), method="PUT"))
    migration = XeroMigration(ledger.session(), postings, ledger.time.now, lambda: "k")
    outcome = migration.post(migration.company(), STEP, DOCUMENT)
    assert outcome.kind is OutcomeKind.FAILED
    assert "lock date" in outcome.text
    assert postings.get(DOCUMENT.document_id, "tenant-1") is None
    assert post() is OutcomeKind.POSTED


def test_a_file_that_could_not_be_attached_is_attached_by_the_next_run(ledger: FakeLedger, post: Post) -> None:
    ledger.faults.append(Fault("Invoices/i1/Attachments", Answer(503, b"down")))
    assert post() is OutcomeKind.FAILED
    assert post() is OutcomeKind.POSTED
    assert len(ledger.invoices) == 1
    assert list(ledger.attachments) == [("i1", DOCUMENT.file_name)]


def test_a_problem_of_the_connection_ends_the_batch(ledger: FakeLedger, post: Post) -> None:
    ledger.faults.append(Fault("Contacts", AccessWithdrawn("Bakehouse Ltd no longer allows the app.")))
    with pytest.raises(AccessWithdrawn):
        post()
    assert ledger.invoices == []


def test_nothing_is_posted_while_nobody_says_which_company_it_is(ledger: FakeLedger, post: Post) -> None:
    ledger.faults.append(Fault("Organisation", Answer(200, b"<html>portal</html>")))
    with pytest.raises(ProviderUnavailable):
        post()
    assert [path for _, path in ledger.requests] == ["Organisation"]


def test_a_demo_company_is_marked(ledger: FakeLedger, postings: PostingBook) -> None:
    ledger.demo = True
    migration = XeroMigration(ledger.session(), postings, ledger.time.now, lambda: "k")
    assert migration.company().name == "Bakehouse Ltd (demo company)"


@pytest.mark.parametrize("moment", [("GET", "Contacts"), ("PUT", "Contacts"), ("PUT", "Invoices")])
def test_two_who_post_the_same_document_at_once_post_it_once(
    ledger: FakeLedger, post: Post, time: Time, moment: tuple[str, str]
) -> None:
    outcomes: list[OutcomeKind] = []
    ledger.moment = moment
    ledger.meanwhile = lambda: outcomes.append(post())
    outcomes.append(post())
    assert set(outcomes) <= {OutcomeKind.POSTED, OutcomeKind.ALREADY_POSTED}
    ledger.keys.clear()
    time.advance(minutes=10)
    assert post() is OutcomeKind.ALREADY_POSTED
    assert len(ledger.invoices) == 1
