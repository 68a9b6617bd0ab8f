# An exception in a thread of the script does not end the test.
import threading


def fails():
    raise ValueError("in a thread")


thread = threading.Thread(target=fails, name="own")
thread.start()
thread.join()
print("goes on")
