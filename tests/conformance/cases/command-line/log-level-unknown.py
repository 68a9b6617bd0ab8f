# A weight of remarks that there is not is a usage error.
# versions: 26.05..
# arguments: --log-level loud
