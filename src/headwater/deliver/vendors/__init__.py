"""What kinds of `destinations/` need besides: their tools' records, rules and answers, each in a file of its own."""
