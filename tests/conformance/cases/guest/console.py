# Words on a real console are found, a terminal is read and typed at, and a picture of the screen is taken.
# machine: tiny
# shows: exit stdout files left
machine.succeed("echo words for the console >/dev/console")
machine.wait_for_console_text("words for the console", timeout=30)
machine.succeed("echo words for the screen >/dev/tty1")
machine.wait_until_tty_matches("1", "words for the screen")
print("words for the screen" in machine.get_tty_text("1"))
machine.succeed("(read -r typed </dev/tty1; echo \"$typed\" >/tmp/typed) >/dev/null 2>&1 &")
machine.send_chars("Keys, 1-2!\n")
machine.wait_for_file("/tmp/typed")
print(machine.succeed("cat /tmp/typed"))
machine.screenshot("screen")
