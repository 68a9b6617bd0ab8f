# What is on the screen can be read, and waited for.
# shows: exit stdout
machine.start()
print(repr(machine.get_screen_text()))
print([repr(text) for text in machine.get_screen_text_variants()])
machine.wait_for_text("(words|letters) on")
