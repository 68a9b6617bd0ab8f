# Events are handed out in their order, those that nobody wants are dropped.
machine.start()
machine.qmp_client.send("query-status")
print(machine.wait_for_qmp_event(lambda event: event["event"] == "FAKE"))
print([event["event"] for event in machine.qmp_client.events()])
print([event["event"] for event in machine.qmp_client.events()])
