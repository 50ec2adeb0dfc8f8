"""One small file per command: a file that declares ``COMMAND`` is in.

The only room that reads the clock, prints and exits. Command modules are imported
when they are called or listed, and import what is heavy only when they run.
"""
