# What a machine can be asked to do.
from attempts import interface

interface(machine)
