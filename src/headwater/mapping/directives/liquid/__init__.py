"""Liquid as LiquidJS has it, without loops: what `@liquid` allows. No library: see `at_liquid`."""
