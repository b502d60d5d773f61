"""How is the browser awaited, and how are codes and refresh tokens traded for tokens?"""
