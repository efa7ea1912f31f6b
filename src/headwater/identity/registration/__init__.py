"""The registration flow: from a form to a person."""
