"""The emulator, asked as Azure is asked."""
