"""Where a test's messages go: the terminal, and on demand an XML log and a JUnit report."""

from test_driver.logger_base import LOG_LEVELS, AbstractLogger, Attributes, CompositeLogger, LogLevel
from test_driver.logger_junit import JunitXMLLogger
from test_driver.logger_terminal import TerminalLogger
from test_driver.logger_xml import XMLLogger

__all__ = [
    "LOG_LEVELS",
    "AbstractLogger",
    "Attributes",
    "CompositeLogger",
    "JunitXMLLogger",
    "LogLevel",
    "TerminalLogger",
    "XMLLogger",
]
