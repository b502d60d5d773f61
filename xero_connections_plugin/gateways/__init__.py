"""How do we reach the world? The only room that does input and output."""
