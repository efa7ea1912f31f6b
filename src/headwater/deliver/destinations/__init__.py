"""One file per kind of destination; the catalogue finds them by itself."""
