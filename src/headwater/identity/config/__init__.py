"""The identity-config document as this room understands it: read once per revision into a frozen tree."""
