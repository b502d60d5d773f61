"""The contract between capture hosts and their plugins."""
