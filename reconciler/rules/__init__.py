"""Microsoft's law, as pure functions that read a rulebook. No I/O, no clock."""
