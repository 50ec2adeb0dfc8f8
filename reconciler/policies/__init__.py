"""The partner's own law: what it allows less of than Microsoft, waived by name alone."""
