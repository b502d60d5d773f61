"""How does this project do beside others when many callers need a token at once? ``python -m benchmarks`` measures."""
