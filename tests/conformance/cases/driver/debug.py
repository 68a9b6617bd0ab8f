# Without a debugger a breakpoint is passed over.
# There is no `debug` before 25.11.
# versions: 25.11..
debug.breakpoint()
debug.breakpoint("127.0.0.1", 5555)
print(type(debug).__name__)
