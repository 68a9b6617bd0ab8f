# An interrupt raised by the script itself ends the test as the key would.
machine.start()
raise KeyboardInterrupt
