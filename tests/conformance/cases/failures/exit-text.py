# A script that leaves with words says them and fails.
import sys

sys.exit("enough")
