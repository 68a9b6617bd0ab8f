# QEMU that ends before it has connected is the machine's trouble, with its words.
# fake: dies
# versions: 26.05..
machine.start()
