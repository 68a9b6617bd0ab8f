"""Tests of the testkit's driver, without QEMU."""
