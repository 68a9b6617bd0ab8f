"""A stand-in for the driver of 26.05 and later: `execute` wraps `_execute`, and `machines` is a property."""
