"""How does a request leave this program, within which limits, and what may have happened when it failed?"""
