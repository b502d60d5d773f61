"""The sentence in the history about batches that were run again."""


def rerun_sentence(started: int, asked: int) -> str:
    if started == asked:
        return "1 failed batch was started again." if asked == 1 else f"{asked} failed batches were started again."
    return f"{started} of {asked} failed batches were started again."
