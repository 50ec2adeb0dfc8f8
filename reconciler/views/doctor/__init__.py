"""Whether plan and apply can work here: what was looked at, judged, with what to do."""
