# QEMU's monitor takes commands and gives what it prints.
machine.start()
answer = machine.send_monitor_command("info status")
print("answer to info status" in answer)
print(repr(answer))
