"""The lake's home on S3-compatible storage; the folder beside the server is then what is kept at hand of it."""
