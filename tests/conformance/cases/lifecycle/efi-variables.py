# EFI variables can be read while a machine is off: without a file there are none; while it is up they are out of reach.
# Only 26.11 has them. Writing and reading some needs a library for their format, which nothing else of a driver needs.
# versions: 26.11
from attempts import attempt


def read():
    return machine.read_efi_vars()


def create():
    return machine.create_efi_vars()


attempt(read)
machine.start()
attempt(read)
attempt(create)
