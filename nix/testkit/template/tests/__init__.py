"""Tests of machines that start as clones."""
