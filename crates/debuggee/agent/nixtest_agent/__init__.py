"""The agent: the part of nixtest-dap that lives inside the NixOS test driver's process.

`bootstrap` loads it, `driver_hooks` is the only package that knows the driver, `session` owns the state, `requests`
is the table of contents. The agent never prints, and never raises into the script except to end it on request.
"""
