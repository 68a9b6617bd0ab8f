"""The interface of machines is that of NixOS 26.05: names, parameters and defaults."""

import inspect
import unittest

from test_driver.machine import BaseMachine, QemuMachine

# Where more is accepted than there, the parameter is not in these tables.
OF_ALL_MACHINES = """
cleanup_statedir()
copy_from_host(source, target)
copy_from_host_via_shell(source, target)
copy_from_machine(source, target_dir='')
copy_from_vm(source, target_dir='')
execute(command, check_return=True, check_output=True, timeout=900)
fail(*commands, timeout=None)
get_unit_info(unit, user=None)
get_unit_property(unit, property, user=None)
is_up()
log(msg)
log_serial(msg)
require_unit_state(unit, require_state='active')
release()
run_callbacks()
shutdown()
start()
start_job(jobname, user=None)
stop_job(jobname, user=None)
succeed(*commands, timeout=None)
systemctl(q, user=None)
wait_for_closed_port(port, addr='localhost', timeout=900)
wait_for_file(filename, timeout=900)
wait_for_open_port(port, addr='localhost', timeout=900)
wait_for_open_unix_socket(addr, is_datagram=False, timeout=900)
wait_for_shutdown()
wait_for_unit(unit, user=None, timeout=900)
wait_until_fails(command, timeout=900)
wait_until_succeeds(command, timeout=900)
_execute(command, check_return=True, check_output=True, timeout=900, stdin='')
"""
OF_VIRTUAL_MACHINES = """
block()
connect()
console_interact()
crash()
dump_tty_contents(tty)
forward_port(host_port=8080, guest_port=80)
get_console_log()
get_screen_text()
get_screen_text_variants()
get_tty_text(tty)
get_window_names()
reboot()
screenshot(filename)
send_chars(chars, delay=0.01)
send_console(chars)
send_key(key, delay=0.01, log=True)
send_monitor_command(command)
shell_interact(address=None)
ssh_backdoor_command()
start(allow_reboot=False)
switch_root()
unblock()
wait_for_console_text(regex, timeout=None)
wait_for_monitor_prompt()
wait_for_qmp_event(event_filter, timeout=600)
wait_for_text(regex, timeout=900)
wait_for_window(regexp, timeout=900)
wait_for_x(timeout=900)
wait_until_tty_matches(tty, regexp, timeout=900)
"""
WIDER = {"nested", "sleep"}
"""Methods that accept more, or show their defaults otherwise."""


def shown(kind: type, method: str) -> str:
    """A method as the tables write it."""
    signature = inspect.signature(getattr(kind, method))
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for name, parameter in signature.parameters.items()
        if name != "self"
    ]
    return method + str(inspect.Signature(parameters))


def methods(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}


class InterfaceTest(unittest.TestCase):
    def test_all_methods_are_there_with_their_parameters(self) -> None:
        for kind, table in (
            (BaseMachine, OF_ALL_MACHINES),
            (QemuMachine, OF_ALL_MACHINES.replace("\nstart()", "")),
            (QemuMachine, OF_VIRTUAL_MACHINES),
        ):
            for line in table.split("\n")[1:-1]:
                with self.subTest(line):
                    self.assertEqual(shown(kind, line.partition("(")[0]), line)

    def test_no_others_are_there(self) -> None:
        named = {line.partition("(")[0] for line in (OF_ALL_MACHINES + OF_VIRTUAL_MACHINES).split("\n")}
        self.assertEqual(methods(QemuMachine) - named, WIDER)

    def test_wider_methods_take_what_26_05_gives_them(self) -> None:
        for method, names in (("nested", ["self", "msg", "attrs"]), ("sleep", ["self", "secs", "duration"])):
            self.assertEqual(list(inspect.signature(getattr(QemuMachine, method)).parameters), names)

    def test_machine_is_made_with_the_same_parameters(self) -> None:
        names = list(inspect.signature(QemuMachine).parameters)
        self.assertEqual(names[:4], ["out_dir", "tmp_dir", "start_command", "logger"])
        self.assertEqual(names[4:], ["name", "keep_machine_state", "callbacks", "vsock_guest", "vsock_host"])

    def test_every_method_says_what_it_does(self) -> None:
        for kind in (BaseMachine, QemuMachine):
            for name in methods(kind):
                documentation = getattr(kind, name).__doc__
                with self.subTest(name):
                    self.assertTrue(documentation)
                    if "timeout" in inspect.signature(getattr(kind, name)).parameters:
                        self.assertRegex(documentation, "seconds|runs? as by")

    def test_attributes_that_tools_rely_on_are_there_before_the_start(self) -> None:
        attributes = """booted callbacks connected full_console_log keep_machine_state last_lines logger monitor
            monitor_path name out_dir pid process qmp_client qmp_path serial_thread shared_dir shell shell_path
            start_command state_dir tmp_dir vsock_guest vsock_host"""
        assigned = set(QemuMachine.__init__.__code__.co_names) | set(BaseMachine.__init__.__code__.co_names)
        self.assertEqual([name for name in attributes.split() if name not in assigned], [])


if __name__ == "__main__":
    unittest.main()
