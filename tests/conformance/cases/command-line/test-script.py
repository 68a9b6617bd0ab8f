# Another script runs instead of the one of the configuration.
# versions: 26.11..
# arguments: --test-script $DIR/other.py
print("not this one")
