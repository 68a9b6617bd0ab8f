# Releasing a machine ends it; one that does not run is left alone.
machine.release()
machine.connect()
pid = machine.pid
machine.release()
for _ in range(50):
    if not os.path.exists(f"/proc/{pid}/exe"):
        break
    __import__("time").sleep(0.1)
print(os.path.exists(f"/proc/{pid}/exe"), flush=True)
os._exit(0)
