"""How seldom our processes look for garbage: nearly all goes without, and looking takes its share of the time."""

import gc

# Young objects are looked through after so many more of them came than went; older ones after so many times of that.
THRESHOLDS = (20_000, 20, 50)


def not_while_loading() -> None:
    """Look for none until `collect_rarely`: what a start loads stays, and to look through it takes a sixth of it."""
    gc.disable()


def collect_rarely() -> None:
    """What is there by now stays: never look through it again, and through new things less often."""
    # No collection first: it would free next to nothing of what was loaded, and take a tenth of the start.
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    gc.enable()
