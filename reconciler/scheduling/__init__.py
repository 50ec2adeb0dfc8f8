"""Which cancellation on which day, under the cap's rolling window: pure.

A customer's returns become options, a day and a number of units each, in whole minor
units; the search knows nothing of reservations. Why these days, and what is proven of
a schedule: docs/decisions/022-schedule.md.
"""
