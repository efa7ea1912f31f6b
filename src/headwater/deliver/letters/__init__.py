"""Dead letters: what was given up, as it is found, looked at, sent again after all, or thrown away."""
