"""A recipe trained in a folder of its own: begun, resumed, shown, kept safe, scored and listed."""
