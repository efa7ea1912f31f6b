"""Inbound HTTP: the front on the one port, the bridge to the web framework, and the words both speak."""
