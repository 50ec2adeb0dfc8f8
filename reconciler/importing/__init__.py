"""What the customers' files lack, and what they say that is not so any more.

Pure: a customer as desired, as held and as the ledger remembers it goes in; the text of
its file, and a line for each change, comes out.
"""
