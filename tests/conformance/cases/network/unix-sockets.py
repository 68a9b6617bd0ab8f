# Waiting for a Unix socket asks nc in the guest, for streams or datagrams.
machine.wait_for_open_unix_socket("/run/open")
machine.wait_for_open_unix_socket("/run/late", is_datagram=True)
