"""A whole Xero on loopback: consent, tokens, tenant links, the accounting API, and everything that can go wrong.

It knows neither the contract nor the host: programs meet it over HTTP only, as they meet the real one.
"""
