"""What does the user see? Knows no provider: it frames what providers describe."""
