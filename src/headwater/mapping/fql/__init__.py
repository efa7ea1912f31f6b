"""FQL, Segment's filter language: whole, for destination filters; its subset, for the triggers of mappings. Pure.

`filters` and `triggers` are what deliver asks; `expressions` is the language behind filters. Whatever is asked of
an event, nothing here raises: only reading a text does.
"""
