"""A model on disk: written, found, checked against its checksums, and loaded."""
