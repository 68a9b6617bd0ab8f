# A machine that ends before its shell is there is lost.
# fake: dies-booting
# versions: 25.05..
machine.connect()
