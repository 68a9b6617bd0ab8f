"""Tests of the suite's own machinery: `cd tests/conformance; python3 -B -m unittest discover -s tests -t .`."""
