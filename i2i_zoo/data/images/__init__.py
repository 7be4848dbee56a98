"""Image files: finding, reading and writing them, one file per format, and the pixels as they are stored."""
