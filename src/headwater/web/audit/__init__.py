"""The audit log, as far as the web has part in it: it hears of every change, before it is made and once it is."""
