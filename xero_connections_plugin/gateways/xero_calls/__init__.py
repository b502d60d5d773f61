"""How does a call of Xero's API go, for a host or for the plugin itself?"""
