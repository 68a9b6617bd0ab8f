# An output directory that is not there is a usage error.
# arguments: -o $DIR/none
