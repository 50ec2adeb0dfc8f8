"""Faults on demand: what goes wrong at the service, on the way to it and on the way back.

``profiles`` reads what may go wrong, ``deciding`` says whether it strikes a request (a pure function of the seed, of
how often was asked, and of the request), ``carrying`` carries it out, ``limits`` throttles as ARM does.
"""
