# Everything of a run may lie below directories with spaces and quotes in their names.
# directory: it's a place
# versions: none
machine.succeed("echo hello > mark")
machine.screenshot("a picture")
