"""How is a grant gained and kept? Protocol code, pure where it can be; knows no Xero."""
