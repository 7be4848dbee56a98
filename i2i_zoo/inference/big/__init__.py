"""Pictures that are too large for the memory: computed band by band, exactly, or tile by tile, quickly."""
