"""Passwords: hashed off the event loop, judged by a policy, read in every format people bring along."""
