"""Every format of password hash that people bring along, one family a file. Pure: no clock, no store, no network."""
