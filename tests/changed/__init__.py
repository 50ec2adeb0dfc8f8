"""What changed since a git revision, in repositories of the tests' own."""
