"""QEMU's command line, as far as a template depends on it.

The words of a start fall into three kinds. What the guest can see goes into the template's key and into the making of
the template alike. What only the host sees (monitors, displays, log files) is that start's own affair. What joins the
two (consoles, networks, disks) is replaced while the template is made by things that lead nowhere, so that a half-made
machine neither answers to the driver nor speaks on a network.

An option that is not known here is a Refusal: a template that ignored it could be a wrong one.
"""

import os
import re
from collections.abc import Callable

from refusal import Refusal

# What the guest can see, word for word.
SEEN_ALONE = frozenset(
    {"enable-kvm", "no-acpi", "no-fd-bootchk", "no-hpet", "no-user-config", "nodefaults", "nographic", "usb"}
)
SEEN = frozenset(
    {
        *("L", "accel", "acpitable", "action", "append", "boot", "cpu", "fw_cfg", "global", "k", "overcommit", "seed"),
        *("smbios", "smp", "uuid", "vga", "watchdog-action"),
    }
)
# What it can see too, but not every value will do; see `_check`.
CHECKED = frozenset({"M", "bios", "device", "initrd", "kernel", "m", "machine", "name", "object", "rtc"})
# What joins the guest and the host.
JOINING = frozenset({"chardev", "drive", "netdev", "serial"})
# What only the host sees. A guest that reboots ends its machine or does not: that is decided after the boot.
HOST_ALONE = frozenset({"no-reboot", "no-shutdown", "s"})
HOST = frozenset(
    {
        *("D", "d", "dfilter", "display", "echr", "gdb", "mon", "monitor", "msg", "pidfile", "qmp", "qmp-pretty"),
        *("trace", "vnc"),
    }
)
# Networks of frames alone: a guest cannot tell one from another, nor from a socket that nothing is plugged into.
PLAIN_NETWORKS = frozenset({"dgram", "hubport", "socket", "stream", "vde"})
PLAIN_OBJECTS = frozenset({"iothread", "rng-builtin", "rng-random", "secret", "throttle-group"})
# Devices whose state is in another process, in hardware or in a renderer.
FOREIGN_DEVICES = re.compile(r"vhost-|vfio-|ivshmem|virtio-9p|.*-gl\b|.*-rutabaga")
UNITS = {"": 20, "K": 10, "M": 20, "G": 30, "T": 40}

Settings = list[tuple[str, str]]


class Disk:
    """A writable disk: the file that holds it and the settings of its option."""

    def __init__(self, path: str, index: int, settings: Settings) -> None:
        self.path = path
        self.index = index
        self.settings = settings

    def on(self, path: str) -> list[str]:
        """Its option, with another file."""
        return drive(self.settings, path)


class CommandLine:
    """The words of a start that runs in `state_directory`, understood; raises Refusal."""

    def __init__(self, words: list[str], state_directory: str) -> None:
        self.program = words[0]
        self.name = "machine"
        self.memory = 128 << 20
        self.disks: list[Disk] = []
        self.shell = ""
        """The chardev of the root shell."""
        self.shell_path = ""
        """The socket where the driver waits for it."""
        self.has_serial = False
        self.files: list[str] = []
        """Files that the options name and that no guest writes to."""
        self.seen: list[list[str]] = []
        """What the guest can see of the options. The contents of files and disks are not in it."""
        self._options = options_of(words[1:])
        self._apart: list[list[str]] = []
        """Option by option, the words for making the template."""
        self._chardevs: dict[str, tuple[int, dict[str, str]]] = {}
        for name, value in self._options:
            self._apart.append(self._read_alone(name) if value is None else self._read(name, value))
        self._find_shell()
        for words_seen in self.seen:
            if any(state_directory in word for word in words_seen):
                raise Refusal(f"'{' '.join(words_seen)}' names something in its own directory, which is new each time")

    def for_making(self, disks: list[str], qmp: int, shell: int, serial: int) -> list[str]:
        """The machine by itself, on these disks, with sockets to control it, for its shell and its console."""
        apart = list(self._apart)
        for disk, path in zip(self.disks, disks, strict=True):
            apart[disk.index] = disk.on(path)
        words = [self.program, *(word for option in apart for word in option), *control(qmp)]
        words += ["-chardev", f"socket,id={self.shell},fd={shell}", "-display", "none", "-no-reboot"]
        if self.has_serial:
            words += ["-chardev", f"socket,id=testkit-serial,fd={serial}"]
        return words

    def for_clone(self, qmp: int, shell: int) -> list[str]:
        """The machine as it was asked for, but with sockets to control it and for its shell."""
        options = list(self._options)
        options[self._chardevs[self.shell][0]] = ("chardev", f"socket,id={self.shell},fd={shell}")
        words = [word for option in options for word in rendered(option)]
        return [self.program, *words, *control(qmp), "-incoming", "defer"]

    def memory_in(self, path: str, share: str) -> list[str]:
        """Has the machine's memory in a file; with `share` "off" the file stays as it is."""
        backend = [
            ("", "memory-backend-file"),
            # The name that the machine itself would give it, so that snapshots fit machines that were booted.
            ("id", "pc.ram"),
            ("size", str(self.memory)),
            ("mem-path", path),
            ("share", share),
        ]
        return ["-object", joined(backend), "-machine", "memory-backend=pc.ram"]

    def _read_alone(self, name: str) -> list[str]:
        if name in HOST_ALONE:
            return []
        self.seen.append([f"-{name}"])
        return [f"-{name}"]

    def _read(self, name: str, value: str) -> list[str]:
        """Take note of one option; the answer is what stands for it while the template is made."""
        if name in HOST:
            return []
        if value.startswith("{"):
            raise Refusal(f"templates cannot read options in JSON: -{name} {value}")
        readers: dict[str, Callable[[Settings], list[str]]] = {
            "chardev": self._read_chardev,
            "drive": self._read_drive,
            "netdev": self._read_network,
        }
        if name in readers:
            return readers[name](settings_of(value))
        if name == "serial":
            return self._read_serial(value)
        if name in CHECKED:
            self._check(name, value)
        if name != "append":
            self.files += [path for path in re.split("[,=]", value) if path.startswith("/") and os.path.isfile(path)]
        self.seen.append([f"-{name}", value])
        return [f"-{name}", value]

    def _check(self, name: str, value: str) -> None:
        """Look closer at an option that a template can have, but not with every value."""
        settings = dict(settings_of(value))
        kind = settings.get("", "")
        if name in ("bios", "initrd", "kernel"):
            self.files.append(os.path.abspath(value))
        elif name == "name":
            self.name = settings.get("guest", kind)
        elif name == "m":
            size = re.fullmatch(r"(\d+)([KMGT]?)B?", settings.get("size", kind), re.IGNORECASE)
            if size is None or set(settings) - {"", "size"}:
                raise Refusal(f"templates do not know such memory: -m {value}")
            self.memory = int(size[1]) << UNITS[size[2].upper()]
        elif name == "device":
            if FOREIGN_DEVICES.match(kind):
                raise Refusal(f"the state of its device '{kind}' cannot be saved")
            if kind == "virtconsole" and not self.shell:
                self.shell = settings.get("chardev", "")
        elif name == "object":
            if kind not in PLAIN_OBJECTS:
                raise Refusal(f"templates do not know the object '{kind}'")
        elif name in ("machine", "M"):
            if "memory-backend" in settings:
                raise Refusal(f"its memory is chosen by '-{name} {value}'")
        elif settings not in ({"base": "utc"}, {"base": "utc", "clock": "host"}):
            raise Refusal(f"its clock is chosen by '-{name} {value}', and a clone's is always the host's")

    def _read_chardev(self, settings: Settings) -> list[str]:
        known = dict(settings)
        self._chardevs[known.get("id", "")] = (len(self._apart), known)
        return ["-chardev", joined([("", "null"), ("id", known.get("id", ""))])]

    def _read_serial(self, value: str) -> list[str]:
        if value == "none":
            self.seen.append(["-serial", "none"])
            return ["-serial", "none"]
        self.seen.append(["-serial"])
        if value not in ("stdio", "mon:stdio") or self.has_serial:
            return ["-serial", "null"]
        self.has_serial = True
        return ["-serial", "chardev:testkit-serial"]

    def _read_drive(self, settings: Settings) -> list[str]:
        known = dict(settings)
        file = known.get("file", "")
        if not file or any("." in key for key in known):
            raise Refusal(f"templates do not know such a disk: -drive {joined(settings)}")
        if known.get("snapshot", "off") != "off":
            raise Refusal(f"its disk '{file}' forgets what is written to it")
        if known.get("readonly", "off") == "on" or known.get("media") == "cdrom":
            self.files.append(os.path.abspath(file))
            self.seen.append(drive(settings, os.path.abspath(file)))
            return self.seen[-1]
        if known.get("format", "qcow2") != "qcow2":
            raise Refusal(f"its disk '{file}' is writable and not in the format qcow2")
        self.seen.append(drive(settings, ""))
        self.disks.append(Disk(os.path.realpath(file), len(self._apart), settings))
        return []

    def _read_network(self, settings: Settings) -> list[str]:
        known = dict(settings)
        kind, identity = known.get("", ""), known.get("id", "")
        if kind in PLAIN_NETWORKS:
            self.seen.append(["-netdev", identity])
            return ["-netdev", joined([("", "hubport"), ("id", identity), ("hubid", str(len(self._apart)))])]
        if kind != "user" or "guestfwd" in known or "smb" in known:
            raise Refusal(f"templates do not know such a network: -netdev {joined(settings)}")
        # Ports that the host forwards are not seen from inside, and the host has each but once.
        inside = joined([(key, value) for key, value in settings if key != "hostfwd"])
        self.seen.append(["-netdev", inside])
        return ["-netdev", inside]

    def _find_shell(self) -> None:
        index, settings = self._chardevs.get(self.shell, (0, {}))
        if settings.get("") != "socket" or "path" not in settings or settings.get("server", "off") == "on":
            raise Refusal("its root shell, the first virtconsole, is not on a chardev that connects to a socket's path")
        self.shell_path = os.path.abspath(settings["path"])
        self._apart[index] = []


def options_of(words: list[str]) -> list[tuple[str, str | None]]:
    """Pairs of a name and a value, or None for an option that takes none."""
    options: list[tuple[str, str | None]] = []
    remaining = iter(words)
    for word in remaining:
        name = word.removeprefix("-").removeprefix("-")
        if name == word:
            raise Refusal(f"templates do not know a disk without '-drive': {word}")
        if name in SEEN_ALONE | HOST_ALONE:
            options.append((name, None))
            continue
        value = next(remaining, None)
        if value is None or name not in SEEN | CHECKED | JOINING | HOST:
            raise Refusal(f"templates do not know the option '{word}'")
        options.append((name, value))
    return options


def settings_of(value: str) -> Settings:
    """`file=a,,b,readonly=on` as pairs. The key of a first word without `=` is empty; other such words are switches."""
    settings: Settings = []
    for word in value.replace(",,", "\0").split(","):
        key, equals, setting = word.replace("\0", ",").partition("=")
        if equals:
            settings.append((key, setting))
        else:
            settings.append((key, "on") if settings else ("", key))
    return settings


def joined(settings: Settings) -> str:
    """The reverse of `settings_of`."""
    words = (value if not key else f"{key}={value}" for key, value in settings)
    return ",".join(word.replace(",", ",,") for word in words)


def drive(settings: Settings, file: str) -> list[str]:
    """The option of a disk, with this file."""
    return ["-drive", joined([(key, file if key == "file" else value) for key, value in settings])]


def control(qmp: int) -> list[str]:
    return ["-chardev", f"socket,id=testkit-template,fd={qmp}", "-mon", "chardev=testkit-template,mode=control"]


def rendered(option: tuple[str, str | None]) -> list[str]:
    name, value = option
    return [f"-{name}"] if value is None else [f"-{name}", value]
