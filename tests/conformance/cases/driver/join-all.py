# Waiting for all machines ends when they are off; those that never ran are not waited for.
# machines: one two
one.connect()
one.send_monitor_command("info status")
one.crash()
join_all()
