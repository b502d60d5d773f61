"""How do connections, grants, their history and what is waiting lie in the tables?"""
