"""What can be done about one reservation: keep, rescope, cancel, cancel in part, exchange."""
