"""Every sentence of the tab, one module for each part of it. What a provider says about itself stands with it."""
