"""What `headwater new` writes, with holes for the name: texts, not code of ours."""
