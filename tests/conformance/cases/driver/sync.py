# After the script, machines that are up write out their data; the others are left alone.
# machines: one two three
one.connect()
two.start()
