"""A stand-in for the driver of 24.11 to 25.11: `Machine.execute`, and `machines` is a list."""
