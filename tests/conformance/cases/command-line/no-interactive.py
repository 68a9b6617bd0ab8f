# The last word about the prompt counts.
# arguments: --interactive --no-interactive
print("ran")
