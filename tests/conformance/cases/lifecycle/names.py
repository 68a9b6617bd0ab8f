# Machines are known to the script by names that Python takes.
# machines: web-server 3com a.b ümlaut
print([machine.name for machine in machines])
print(web_server.name, _com.name, a_b.name)
print(repr(web_server))
