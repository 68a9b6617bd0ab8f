# Another script runs instead of the one of the environment.
# flavour: environment
# versions: ..25.11
# arguments: $DIR/other.py
print("not this one")
