"""How is the database opened, locked and kept in order, on this machine or on a server?"""
