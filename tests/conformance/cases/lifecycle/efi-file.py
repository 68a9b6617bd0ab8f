# The start script of a machine is told which file holds its EFI variables: the one that the environment names.
# journal: start
# environment: NIX_EFI_VARS=$DIR/variables.fd
machine.start()
