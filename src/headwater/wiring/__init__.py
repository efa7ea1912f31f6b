"""The composition root: settings in, running roles out. Builds everything, decides nothing."""
