"""How long the disk will last. Pure."""


def days_left(*, free_bytes: int, growth_bytes_per_day: float | None) -> float | None:
    """Return in how many days the free bytes are used up if the samples grow on; None if they do not grow."""
    if not growth_bytes_per_day or growth_bytes_per_day <= 0:
        return None
    return free_bytes / growth_bytes_per_day
