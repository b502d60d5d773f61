"""Who takes part in the race? One module each; ``benchmarks.registry`` lists them."""
