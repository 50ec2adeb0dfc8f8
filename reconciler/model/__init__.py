"""Values: what is desired, what is, what is to be done. No I/O, no clock, no law."""
