# The text of a virtual console can be read, waited for and sent to the journal.
print(repr(machine.get_tty_text("1")))
machine.wait_until_tty_matches("2", "login on .*:")
machine.dump_tty_contents("1")
