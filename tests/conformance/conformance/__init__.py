"""One body of test scripts that runs on any test driver, and the comparison of what the drivers made of it.

A case is a script of a few lines in `cases`, beside the transcript of its run: what came out, what was logged, what
reached the machine, which files were left. The testkit's driver must produce the transcript; a true driver of NixOS
must produce the same but for the differences that `differences.ini` lists with their reasons.
"""
