"""How do operators without a screen do what the tab does? ``xero-connections``, a console host of its own."""
