# A script that is no Python does not begin.
print("not printed")
if True
    pass
