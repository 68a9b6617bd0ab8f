# Of several configurations the last counts.
# flavour: config
# versions: 26.05..
# arguments: --config $DIR/none.json --config $DIR/configuration.json
print("ran")
