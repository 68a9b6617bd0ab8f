# A script may leave with a status of its own.
import sys

machine.connect()
sys.exit(7)
