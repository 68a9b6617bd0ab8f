# A subtest that does not fail by an exception of the common kind says nothing.
import sys

with subtest("leaves"):
    sys.exit(0)
