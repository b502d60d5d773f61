"""How did the tables come to be? One file per change, run by Alembic."""
