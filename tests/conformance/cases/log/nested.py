# Steps say when they begin and how long they took; one that raises does not end.
with log.nested("outer"):
    with machine.nested("of a machine"):
        pass
    with machine.nested("with attributes", {"image": "x.png"}):
        pass
    try:
        with log.nested("raises"):
            raise ValueError
    except ValueError:
        pass
