# Two real machines on a network know each other by name, a port opens, and a pulled cable parts them.
# machine: tiny
# machines: client server
# vlans: 1
# shows: exit stdout files left
start_all()
server.connect()
print(client.succeed("ping -c 1 server").splitlines()[0])
print(server.succeed("ping -c 1 client").splitlines()[0])
server.succeed("mkdir -p /srv && echo page >/srv/page && httpd -p 80 -h /srv")
server.wait_for_open_port(80)
print(client.succeed("wget -q -O - http://server/page"))
client.block()
print(client.execute("timeout 2 ping -c 1 -W 1 server >/dev/null")[0] != 0)
client.unblock()
client.wait_until_succeeds("ping -c 1 -W 1 server")
