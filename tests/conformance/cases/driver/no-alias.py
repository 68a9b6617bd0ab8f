# Of several machines none is called `machine`.
# machines: one two
print("machine" in globals())
