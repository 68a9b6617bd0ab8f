# An option that there is not is a usage error.
# arguments: --no-such-option
