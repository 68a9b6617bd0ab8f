# Without tesseract the screen cannot be read, and that is the machine's trouble.
machine.start()
os.environ["PATH"] = "/no/programs"
machine.get_screen_text()
