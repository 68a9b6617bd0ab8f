# An output directory that is a file is a usage error.
# arguments: --output_directory $DIR/script.py
