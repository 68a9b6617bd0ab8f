# A person can have the guest's shell, through socat.
machine.shell_interact()
machine.shell_interact("tcp:localhost:4000")
