# What the log can be asked to do.
from attempts import interface

interface(log)
