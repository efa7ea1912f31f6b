"""What one template may cost. Data comes from people: a template that is harmless with three tags isn't with 10,000."""

KIB = 1024

SOURCE_LETTERS = 64 * KIB
OUTPUT_LETTERS = 256 * KIB
# A letter that a function makes is work, too: this many cost as much as one step.
LETTERS_PER_STEP = 256
LETTERS_PER_ITEM = 16  # an item of a list is as much work as so many letters
STEPS = 20_000
LARGEST_NUMBER = 2**63
# How deep a template may nest when it is read, and when it runs (parts within parts count there).
DEPTH = 40
RUN_DEPTH = 80
