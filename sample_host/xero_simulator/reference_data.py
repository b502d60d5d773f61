"""What an organisation has before anything is booked: accounts, tax rates, tracking categories, currencies, users."""

from __future__ import annotations

import uuid
from typing import Any

from sample_host.xero_simulator.ms_dates import to_ms_date
from sample_host.xero_simulator.simulated_world import Organisation, World

# Long before any test: nothing here changes.
_FOUNDED = 1_560_000_000.0
_ACCOUNTS = (
    ("090", "Business Bank Account", "BANK", "ASSET", "NONE"),
    ("200", "Sales", "REVENUE", "REVENUE", "OUTPUT2"),
    ("260", "Other Revenue", "REVENUE", "REVENUE", "OUTPUT2"),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", "EXPENSE", "INPUT2"),
    ("400", "Advertising", "EXPENSE", "EXPENSE", "INPUT2"),
    ("404", "Bank Fees", "EXPENSE", "EXPENSE", "NONE"),
    ("425", "Freight & Courier", "EXPENSE", "EXPENSE", "INPUT2"),
    ("429", "General Expenses", "EXPENSE", "EXPENSE", "INPUT2"),
    ("445", "Light, Power, Heating", "EXPENSE", "EXPENSE", "INPUT2"),
    ("453", "Office Expenses", "EXPENSE", "EXPENSE", "INPUT2"),
    ("469", "Rent", "EXPENSE", "EXPENSE", "INPUT2"),
    ("800", "Accounts Payable", "CURRLIAB", "LIABILITY", "NONE"),
)
TAX_PERCENT = {"OUTPUT2": 15, "INPUT2": 15, "ZERORATEDOUTPUT": 0, "ZERORATEDINPUT": 0, "NONE": 0}
_TAX_NAMES = {
    "OUTPUT2": "15% GST on Income",
    "INPUT2": "15% GST on Expenses",
    "ZERORATEDOUTPUT": "Zero Rated Income",
    "ZERORATEDINPUT": "Zero Rated Expenses",
    "NONE": "No Tax",
}
CURRENCIES = {"NZD": "New Zealand Dollar", "AUD": "Australian Dollar", "EUR": "Euro", "GBP": "British Pound"}
_REGIONS = ("North", "South", "Online")
ACCOUNT_TAX = {code: tax for code, _, kind, _, tax in _ACCOUNTS if kind != "BANK"}


def organisation(org: Organisation) -> list[dict[str, Any]]:
    return [
        {
            "APIKey": None,
            "Name": org.name or "",
            "LegalName": org.name or "",
            "PaysTax": True,
            "Version": org.country,
            "OrganisationType": "COMPANY",
            "BaseCurrency": org.currency,
            "CountryCode": org.country,
            "IsDemoCompany": org.demo_company,
            "OrganisationStatus": "ACTIVE",
            "FinancialYearEndDay": 31,
            "FinancialYearEndMonth": 3,
            "SalesTaxBasis": "PAYMENTS",
            "SalesTaxPeriod": "TWOMONTHS",
            "DefaultSalesTax": "Tax Exclusive",
            "DefaultPurchasesTax": "Tax Exclusive",
            "CreatedDateUTC": to_ms_date(_FOUNDED),
            "OrganisationEntityType": "COMPANY",
            "Timezone": "NEWZEALANDSTANDARDTIME",
            "ShortCode": f"!{org.tenant_id[:5]}",
            "OrganisationID": org.tenant_id,
            "Edition": "BUSINESS",
            "Class": "DEMO" if org.demo_company else "PREMIUM",
            "Addresses": [],
            "Phones": [],
            "ExternalLinks": [],
            "PaymentTerms": {},
        }
    ]


def accounts(org: Organisation) -> list[dict[str, Any]]:
    listed = []
    for code, name, kind, account_class, tax in _ACCOUNTS:
        account: dict[str, Any] = {
            "AccountID": _made_id(org, f"account/{code}"),
            "Code": code,
            "Name": name,
            "Status": "ACTIVE",
            "Type": kind,
            "TaxType": tax,
            "Class": account_class,
            "EnablePaymentsToAccount": False,
            "ShowInExpenseClaims": account_class == "EXPENSE",
            "BankAccountType": "",
            "ReportingCode": account_class[:3],
            "HasAttachments": False,
            "UpdatedDateUTC": to_ms_date(_FOUNDED),
            "AddToWatchlist": False,
        }
        if kind == "BANK":
            account |= {
                "BankAccountNumber": "0101230123456700",
                "BankAccountType": "BANK",
                "CurrencyCode": org.currency,
            }
        listed.append(account)
    return listed


def tax_rates() -> list[dict[str, Any]]:
    return [
        {
            "Name": _TAX_NAMES[kind],
            "TaxType": kind,
            "ReportTaxType": kind,
            "CanApplyToAssets": True,
            "CanApplyToEquity": True,
            "CanApplyToExpenses": kind != "OUTPUT2",
            "CanApplyToLiabilities": True,
            "CanApplyToRevenue": kind != "INPUT2",
            "DisplayTaxRate": percent,
            "EffectiveRate": percent,
            "Status": "ACTIVE",
            "TaxComponents": [{"Name": "GST", "Rate": percent, "IsCompound": False, "IsNonRecoverable": False}],
        }
        for kind, percent in TAX_PERCENT.items()
    ]


def tracking_categories(org: Organisation) -> list[dict[str, Any]]:
    options = [
        {
            "TrackingOptionID": _made_id(org, f"region/{name}"),
            "Name": name,
            "Status": "ACTIVE",
            "HasValidationErrors": False,
            "IsDeleted": False,
            "IsArchived": False,
            "IsActive": True,
        }
        for name in _REGIONS
    ]
    return [
        {"Name": "Region", "Status": "ACTIVE", "TrackingCategoryID": _made_id(org, "region"), "Options": options},
    ]


def currencies(org: Organisation) -> list[dict[str, Any]]:
    return [{"Code": code, "Description": text} for code, text in CURRENCIES.items() if code in (org.currency, "AUD")]


def users(world: World, org: Organisation) -> list[dict[str, Any]]:
    members = [user for user in world.users.values() if org.tenant_id in user.organisations]
    return [
        {
            "UserID": user.user_id,
            "EmailAddress": user.email,
            "FirstName": user.given_name,
            "LastName": user.family_name,
            "UpdatedDateUTC": to_ms_date(_FOUNDED),
            "IsSubscriber": position == 0,
            "OrganisationRole": "FINANCIALADVISER",
        }
        for position, user in enumerate(members)
    ]


def _made_id(org: Organisation, name: str) -> str:
    return str(uuid.uuid5(uuid.UUID(org.tenant_id), name))
