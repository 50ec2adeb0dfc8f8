"""What was worked out once from bytes that did not change since; without it all goes as well, but slower."""
