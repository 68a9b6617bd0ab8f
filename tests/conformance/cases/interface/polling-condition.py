# What a condition can be asked to do.
from attempts import interface

interface(polling_condition(lambda: True))
