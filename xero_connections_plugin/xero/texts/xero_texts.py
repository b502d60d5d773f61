"""Every sentence that the Xero provider shows."""

from __future__ import annotations

from typing import Final

TYPE_LABEL: Final = "Xero"
REACHES: Final = "Tenant"


def app_named(client_id: str) -> str:
    """The app as the browser's last page names it: its own name is known to Xero only."""
    return f"the Xero app {client_id[:8]}…"


CLIENT_ID: Final = "Xero Client ID"
CLIENT_ID_HINT: Final = "32 characters, from your app’s Configuration page."
DEVELOPER_SITE: Final = "Xero’s developer site"
CLIENT_ID_MISSING: Final = "Enter the client id of your app. You find it at Xero’s developer site, under Configuration."
CLIENT_ID_IS_ADDRESS: Final = (
    "This is an address. Paste the client id from your app’s Configuration page: 32 characters."
)
CLIENT_ID_IS_SECRET: Final = (
    "This looks like a client secret, which is not needed and should not be shared. "
    "Paste the client id instead: 32 characters. The app’s type must be “Mobile or desktop app”."
)
CLIENT_ID_HAS_DASHES: Final = "This looks like another kind of id. A Xero client id is 32 characters without dashes."


def client_id_wrong(length: int) -> str:
    return f"A Xero client id is 32 characters, 0 to 9 and A to F. This has {length}, or other characters in it."


APPLICATION_URL: Final = "Application URL"
PORT: Final = "Port"
PORT_WRONG: Final = "Enter a port from 1 to 65535, as it is registered at Xero."
REDIRECT_URI: Final = "Redirect URI"
REDIRECT_URI_HINT: Final = "Must be registered at Xero exactly like this."
REDIRECT_URI_UNKNOWN: Final = "Shown here once the Application URL and the port are right."

ADVANCED: Final = "Advanced"
FURTHER_PORTS: Final = "Further ports"
FURTHER_PORTS_HINT: Final = (
    "One a line, tried in this order when the first is busy. Each needs its redirect URI at Xero."
)
FURTHER_PORTS_WRONG: Final = "Enter ports from 1 to 65535, one a line."
FURTHER_PORTS_TWICE: Final = "Each port may stand here once, and the first one not at all."
FURTHER_REDIRECTS: Final = "Register these at Xero as well, exactly like this:"


def further_ports_many(most: int) -> str:
    return f"Enter at most {most} further ports."


SCOPES: Final = "Scopes"
SCOPES_HINT: Final = "What the app may do in Xero. A change takes effect from the next authorization."
PRESET_LABELS: Final = {
    "granular": "Granular (bills, contacts, attachments)",
    "granular_files": "Granular and Files inbox",
    "legacy": "Legacy (apps made before March 2026; ends in September 2027)",
}
PRESET_WRONG: Final = "Choose one of the listed sets of scopes."
EXTRA_SCOPES: Final = "Additional scopes"
EXTRA_SCOPES_HINT: Final = "With blanks between them. “openid profile email” shows who signed in."
SCOPES_WRONG: Final = "A scope has no quotes, backslashes or special characters. Put blanks between scopes."

ADVICE: Final = (
    "Log in to Xero in your default browser first, two-factor check done. The browser may hide this window. "
    "Do not close the browser before the message “Connection successful” has appeared here."
)
AUTHORIZE: Final = "Authorize"
REFRESH_TENANTS: Final = "Refresh the list"
NOT_AUTHORIZED: Final = "Not authorized yet."
SIGN_IN_LOST: Final = "The new sign-in was removed meanwhile. Authorize again."
AUTHORIZE_FOR_CLIENT_ID: Final = "Authorize again: the client id was changed."


def authorized_as(account: str) -> str:
    return f"Authorized as {account}." if account else "Authorized."


def saved_sign_in(account: str, day: str) -> str:
    who = f" as {account}" if account else ""
    return f"Signed in{who} on {day}."


TENANT: Final = "Tenant"
TENANT_HINT: Final = "The company that this connection posts to."
TENANT_BEFORE: Final = "Filled after you authorize."
TENANT_NONE: Final = "This sign-in reaches no company."
TENANT_CHOOSE: Final = "Choose a company"
JUST_APPROVED: Final = "just approved"
SAVED_TENANT: Final = "saved"

OBSTACLE_FIELDS: Final = "Correct the fields that are marked."
OBSTACLE_AUTHORIZE: Final = "Press Authorize to sign in to Xero."
OBSTACLE_TENANT: Final = "Choose a tenant."
OBSTACLE_NO_TENANT: Final = (
    "This sign-in reaches no company. Authorize again and choose a company in Xero’s page, "
    "as a user who may connect apps to it."
)


def other_company(before: str, after: str) -> str:
    return f"Documents will go to {after}, no longer to {before}."


def other_user(before: str, after: str) -> str:
    return (
        f"The stored sign-in{_of(before)} still works. It will be replaced by the new one{_of(after)}, "
        "which is a different Xero user."
    )


def _of(account: str) -> str:
    return f" of {account}" if account else ""


PREPARING_TITLE: Final = "Preparing the sign-in"
PREPARING_TEXT: Final = (
    "Making sure that the sign-in can be kept. If this computer’s keychain asks for its password, unlock it; its "
    "window may be hidden behind this one."
)
PREPARING_FAILED: Final = (
    "The sign-in could not begin because of a fault in the program. Nothing was changed; try again."
)
WAIT_TITLE: Final = "Waiting for Xero"
WAIT_TEXT: Final = "Allow access in your browser. It may be behind this window, or in front of it."
WAIT_ELSEWHERE: Final = "Open the sign-in page in a browser and allow access there."
WAIT_EXCHANGING: Final = "Access was received. Finishing the sign-in…"
OPEN_SIGN_IN_PAGE: Final = "Open the sign-in page"
CANCEL: Final = "Cancel"
PASTE_SECTION: Final = "The browser showed an error page?"
PASTE_LABEL: Final = "Address of that page"
PASTE_HINT: Final = "When the browser ran on another computer: copy the whole address of the page it ended on."
PASTE_BUTTON: Final = "Use this address"
TENANTS_WAIT_TITLE: Final = "Asking Xero"
TENANTS_WAIT_TEXT: Final = "Asking Xero which companies this sign-in reaches…"

SUCCESS_TITLE: Final = "Connection successful"
FAILED_TITLE: Final = "Sign-in failed"
TENANTS_FAILED_TITLE: Final = "Companies could not be listed"


def _named(just_approved: tuple[str, ...]) -> str:
    return f": {just_approved[0]}" if just_approved else ""


def success(account: str, tenants: int, just_approved: tuple[str, ...]) -> str:
    who = f"You are signed in as {account}." if account else "You are signed in."
    match tenants:
        case 0:
            reach = "No company can be reached yet."
        case 1:
            reach = f"One company can be reached{_named(just_approved)}."
        case _:
            reach = f"{tenants} companies can be reached."
    more = f" and {len(just_approved) - 3} more" if len(just_approved) > 3 else ""
    approved = f" Just approved: {', '.join(just_approved[:3])}{more}." if just_approved and tenants > 1 else ""
    return f"{who} {reach}{approved}"


# What is so, not what to press: a command line reads it too, and saves by itself.
SUCCESS_CHOOSE: Final = "The connection uses this sign-in once its company is chosen and it is saved."
SUCCESS_SAVE: Final = "The connection uses this sign-in once it is saved."


def success_without_tenants(problem: str) -> str:
    return f"The sign-in is stored, but the companies could not be listed. {problem} Then press “{REFRESH_TENANTS}”."


def scopes_not_granted(scopes: tuple[str, ...]) -> str:
    return f"Xero did not grant: {', '.join(scopes)}."


def tenant_not_reached(name: str) -> str:
    return f"{name}, the company of this connection, is not among them. Nothing is changed until you save."


def another_user(before: str, after: str) -> str:
    return (
        f"You signed in as another Xero user than before: {after} instead of {before}. The stored sign-in is kept "
        "until you save."
    )


GUIDE_BUTTON: Final = "How to register the app"
GUIDE_TITLE: Final = "Register the app at Xero"
GUIDE_STEPS: Final = (
    "1. Open Xero’s developer site, log in, and choose “New app”.",
    "2. Enter a name, choose “Mobile or desktop app” as the integration type, and enter your company’s address. "
    "“Web app” does not work: it needs a secret that a desktop program cannot keep.",
    "3. As redirect URI enter exactly the address below, then create the app.",
    "4. On the app’s Configuration page, copy the client id and paste it into the Connection Definition.",
)
GUIDE_REDIRECT: Final = "Redirect URI"
GUIDE_REDIRECT_HINT: Final = "For the default Application URL and port. With others, register what the form shows."
OK: Final = "OK"

STATUS_READY: Final = "Ready"
STATUS_EXPIRING: Final = "Expiring"
STATUS_NEEDS_SIGN_IN: Final = "Needs sign-in"
STATUS_WITHDRAWN: Final = "Access withdrawn"
STATUS_SCOPE_MISSING: Final = "Scope missing"
STATUS_SIGNING_IN: Final = "Signing in"
STATUS_KEY_MISSING: Final = "Key missing"
STATUS_DAMAGED: Final = "Damaged"

REPAIR_SIGN_IN: Final = "Authorize again"


FACT_CLIENT_ID: Final = "Xero Client ID"
FACT_REDIRECT: Final = "Redirect URI"
FACT_TENANT: Final = "Tenant"
FACT_TENANT_ID: Final = "Tenant id"
FACT_TENANT_TYPE: Final = "Tenant type"
FACT_ACCOUNT: Final = "Signed in as"
FACT_USER_ID: Final = "Xero user id"
FACT_SCOPES: Final = "Scopes granted"
FACT_AUTHORIZED: Final = "Last authorized"
FACT_REFRESHED: Final = "Last refreshed"
FACT_ACCESS_UNTIL: Final = "Access token valid until"
FACT_DIES: Final = "Grant dies on"
FACT_KEY: Final = "Key kept in"
UNKNOWN: Final = "not known"

TENANTS_FAILED: Final = "Xero could not be asked which companies this sign-in reaches. Nothing was changed; try again."
