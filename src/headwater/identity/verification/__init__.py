"""Proving that an address is theirs: the flow, and beginning it after another one."""
