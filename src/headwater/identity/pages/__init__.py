"""Ready-made pages for every flow at `/ui/*`: plain HTML from its nodes, and no business rules."""
