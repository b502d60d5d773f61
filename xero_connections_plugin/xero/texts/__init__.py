"""Every sentence about Xero, one module for each part of it."""
