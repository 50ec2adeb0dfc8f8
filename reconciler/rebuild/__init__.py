"""A lost ledger: what Azure's own history still shows of the refunds that the cap counts.

Pure: what was read goes in, entries and what became of everything else come out. The
amounts are not in the history; they are worked out again by the rulebook, and stay
estimates. Wherever two readings are possible, the one that uses more of the cap is taken.
"""
