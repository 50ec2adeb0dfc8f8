"""The parts of the bench, a file each: ``measure`` prints its tables and gives what the aims are held against."""
