"""Who is signed in, where, until when, and the cookie or token that says so."""
