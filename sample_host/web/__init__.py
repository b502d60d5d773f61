"""How the host looks in a browser: it draws any tab from its description, and the pages of the host itself."""
