# A configuration that is not there ends the driver.
# flavour: config
# versions: 26.05..
# arguments: --config $DIR/none.json
# shows: exit stdout
