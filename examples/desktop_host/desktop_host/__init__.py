"""A capture host with native windows: draws every tab that a plugin describes, and knows hostspec only."""
