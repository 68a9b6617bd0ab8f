# What the guest's channel carries before the shell is there is passed over.
# fake: stutters
# versions: none
machine.succeed("true")
