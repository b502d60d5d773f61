"""What is in order on this machine, and what is not? Looks that change nothing, each within a limit of time."""
