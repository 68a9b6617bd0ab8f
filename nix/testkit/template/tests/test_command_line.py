"""Which words of QEMU's command line a template is made with, which it depends on, and which it refuses."""

import tempfile
import unittest
from pathlib import Path

from command_line import CommandLine, joined, settings_of
from refusal import Refusal

SHELL = ["-chardev", "socket,id=shell,path=/run/s/shell", "-device", "virtconsole,chardev=shell"]
STATE = "/run/s"


def understood(*words: str) -> CommandLine:
    return CommandLine(["qemu", *words, *SHELL], STATE)


def making(line: CommandLine, *disks: str) -> str:
    return " ".join(line.for_making(list(disks), qmp=5, shell=6, serial=7))


CONTROL = "-chardev socket,id=testkit-template,fd=5 -mon chardev=testkit-template,mode=control"
MAKING_END = f"{CONTROL} -chardev socket,id=shell,fd=6 -display none -no-reboot"


class WordsTest(unittest.TestCase):
    def test_what_the_guest_sees_is_the_same_for_all(self) -> None:
        words = "-name web -nodefaults -machine pc,accel=tcg -m 160 -smp 2 -append console=ttyS0 -device virtio-rng-pci"
        line = understood(*words.split())
        self.assertEqual(making(line), f"qemu {words} -device virtconsole,chardev=shell {MAKING_END}")
        self.assertEqual(
            " ".join(line.for_clone(qmp=5, shell=6)),
            f"qemu {words} -chardev socket,id=shell,fd=6 -device virtconsole,chardev=shell {CONTROL} -incoming defer",
        )
        self.assertEqual((line.name, line.memory, line.shell_path), ("web", 160 << 20, "/run/s/shell"))

    def test_what_the_host_sees_is_the_clones_alone(self) -> None:
        words = "-qmp unix:/run/s/qmp,server=on,wait=off -monitor unix:/run/s/monitor -no-reboot --display gtk -s"
        line = understood(*words.split())
        self.assertEqual(making(line), f"qemu -device virtconsole,chardev=shell {MAKING_END}")
        self.assertIn(words.replace("--", "-"), " ".join(line.for_clone(qmp=5, shell=6)))
        self.assertEqual(line.seen, understood().seen)

    def test_consoles_lead_nowhere_while_a_template_is_made(self) -> None:
        line = understood(
            *("-serial", "stdio", "-serial", "file:log", "-serial", "none"),
            *("-chardev", "socket,id=agent,path=agent.sock,server=on,wait=off", "-device", "isa-serial,chardev=agent"),
        )
        self.assertEqual(
            making(line),
            "qemu -serial chardev:testkit-serial -serial null -serial none -chardev null,id=agent "
            f"-device isa-serial,chardev=agent -device virtconsole,chardev=shell {MAKING_END} "
            "-chardev socket,id=testkit-serial,fd=7",
        )
        self.assertEqual(
            line.seen[:4],
            [["-serial"], ["-serial"], ["-serial", "none"], ["-device", "isa-serial,chardev=agent"]],
        )

    def test_networks_lead_nowhere_while_a_template_is_made(self) -> None:
        line = understood(
            *("-netdev", "user,id=user.0,hostfwd=tcp:127.0.0.1:2222-:22,restrict=on"),
            *("-netdev", "vde,id=vlan1,sock=/run/a/vde1.ctl", "-netdev", "stream,id=vlan2,addr.type=unix,addr.path=/x"),
        )
        self.assertEqual(
            making(line),
            "qemu -netdev user,id=user.0,restrict=on -netdev hubport,id=vlan1,hubid=1 -netdev hubport,id=vlan2,hubid=2 "
            f"-device virtconsole,chardev=shell {MAKING_END}",
        )
        self.assertEqual(
            line.seen[:3], [["-netdev", "user,id=user.0,restrict=on"], ["-netdev", "vlan1"], ["-netdev", "vlan2"]]
        )

    def test_writable_disks_are_others_while_a_template_is_made(self) -> None:
        line = understood(
            *("-drive", "if=none,id=root,file=/run/s/a,,b.qcow2,format=qcow2,cache=unsafe"),
            *("-drive", "id=empty0,file=empty0.qcow2"),
        )
        self.assertEqual(
            making(line, "/t/disk,0", "/t/disk-1"),
            "qemu -drive if=none,id=root,file=/t/disk,,0,format=qcow2,cache=unsafe -drive id=empty0,file=/t/disk-1 "
            f"-device virtconsole,chardev=shell {MAKING_END}",
        )
        self.assertEqual([disk.path for disk in line.disks], ["/run/s/a,b.qcow2", str(Path.cwd() / "empty0.qcow2")])
        self.assertEqual(line.seen[0], ["-drive", "if=none,id=root,file=,format=qcow2,cache=unsafe"])

    def test_disks_that_are_only_read_are_shared(self) -> None:
        line = understood("-drive", "id=store,file=/nix/store/x,format=raw,readonly=on")
        self.assertIn("-drive id=store,file=/nix/store/x,format=raw,readonly=on", making(line))
        self.assertEqual((line.disks, line.files), ([], ["/nix/store/x"]))

    def test_files_that_are_named_are_known(self) -> None:
        with tempfile.NamedTemporaryFile() as file:
            line = understood("-kernel", "bzImage", "-device", f"VGA,romfile={file.name}", "-append", f"x={file.name}")
            self.assertEqual(line.files, [str(Path.cwd() / "bzImage"), file.name])

    def test_memory_is_in_a_file(self) -> None:
        self.assertEqual(
            understood("-m", "size=1G").memory_in("/t/a,b", share="off"),
            [
                *("-object", "memory-backend-file,id=pc.ram,size=1073741824,mem-path=/t/a,,b,share=off"),
                *("-machine", "memory-backend=pc.ram"),
            ],
        )
        self.assertEqual(understood().memory, 128 << 20)

    def test_settings_are_split_and_joined(self) -> None:
        for text in ("socket,id=a,path=/x,,y=z,server=on", "if=none,file=a", "user"):
            self.assertEqual(joined(settings_of(text)), text)
        self.assertEqual(settings_of("socket,server"), [("", "socket"), ("server", "on")])


class RefusalTest(unittest.TestCase):
    def test_what_a_template_cannot_have(self) -> None:
        for words, reason in {
            "-virtfs local,path=/": "templates do not know the option '-virtfs'",
            "-S": "templates do not know the option '-S'",
            "-snapshot -m 1": "templates do not know the option '-snapshot'",
            "disk.img": "templates do not know a disk without '-drive': disk.img",
            "-blockdev {}": "templates do not know the option '-blockdev'",
            "-device {}": "templates cannot read options in JSON: -device {}",
            "-device vhost-user-vsock-pci,chardev=c": "the state of its device 'vhost-user-vsock-pci' cannot be saved",
            "-device virtio-vga-gl": "the state of its device 'virtio-vga-gl' cannot be saved",
            "-device virtio-9p-pci,fsdev=f": "the state of its device 'virtio-9p-pci' cannot be saved",
            "-object memory-backend-memfd,id=m": "templates do not know the object 'memory-backend-memfd'",
            "-machine pc,memory-backend=m": "its memory is chosen by '-machine pc,memory-backend=m'",
            "-m 1G,slots=2,maxmem=2G": "templates do not know such memory: -m 1G,slots=2,maxmem=2G",
            "-m lots": "templates do not know such memory: -m lots",
            "-rtc base=2000-01-01": "its clock is chosen by '-rtc base=2000-01-01', and a clone's is always the host's",
            "-netdev tap,id=n": "templates do not know such a network: -netdev tap,id=n",
            "-netdev user,id=n,guestfwd=x": "templates do not know such a network: -netdev user,id=n,guestfwd=x",
            "-drive file=a.img,format=raw": "its disk 'a.img' is writable and not in the format qcow2",
            "-drive file=a.qcow2,snapshot=on": "its disk 'a.qcow2' forgets what is written to it",
            "-drive file.filename=a": "templates do not know such a disk: -drive file.filename=a",
            "-fw_cfg name=x,file=/run/s/x": "'-fw_cfg name=x,file=/run/s/x' names something in its own directory, "
            "which is new each time",
            "-drive file=/run/s/store.img,format=raw,readonly=on": "'-drive file=/run/s/store.img,format=raw,"
            "readonly=on' names something in its own directory, which is new each time",
        }.items():
            with self.subTest(words), self.assertRaises(Refusal) as caught:
                understood(*words.split())
            self.assertEqual(str(caught.exception), reason)

    def test_machine_without_a_root_shell_on_a_socket(self) -> None:
        for words in (
            "-m 1",
            "-device virtconsole,chardev=shell",
            "-chardev socket,id=shell,path=x,server=on -device virtconsole,chardev=shell",
            "-chardev stdio,id=shell -device virtconsole,chardev=shell",
        ):
            with self.subTest(words), self.assertRaises(Refusal) as caught:
                CommandLine(["qemu", *words.split()], STATE)
            self.assertEqual(
                str(caught.exception),
                "its root shell, the first virtconsole, is not on a chardev that connects to a socket's path",
            )


if __name__ == "__main__":
    unittest.main()
