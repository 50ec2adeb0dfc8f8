"""Azure's side of the wire: an ARM endpoint on loopback that plays Microsoft.Capacity, and what belongs to it of
Microsoft.Support, from an estate file.

Nothing here comes from the product: the rules are worked out again, from Microsoft's side, so that the
planner and the emulator are two independent answers to the same question.

Start it with ``reconciler.emulator.server.serve``; drive it without a socket through
``reconciler.emulator.app.Azure``.
"""
