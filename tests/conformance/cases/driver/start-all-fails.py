# A machine that does not start is named, with the words of QEMU.
# machines: one
# fake: dies
# versions: 26.05..
from attempts import attempt

attempt(start_all)
