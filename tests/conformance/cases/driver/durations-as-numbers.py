# Durations are taken as plain numbers of seconds.
machine.succeed("true", timeout=10)
machine.execute("true", True, True, 10)
machine.wait_until_succeeds("true", 10)
machine.wait_for_file("/", 10)
machine.wait_for_open_port(80, "localhost", 10)
machine.sleep(1)
machine.send_key("x", 0.1)
