"""The whole configuration as one document: read, compared with what is live, and made so. It sends nothing."""
