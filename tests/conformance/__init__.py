"""The emulator held against what Microsoft published: definitions of its API, examples, recorded traffic, SDKs."""
