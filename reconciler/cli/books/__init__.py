"""The subcommands of `reconciler ledger` that keep and show the books, one file each."""
