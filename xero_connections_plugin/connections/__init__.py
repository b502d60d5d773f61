"""What is a connection, and what may it do? Knows no provider."""
