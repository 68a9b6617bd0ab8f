"""Users and groups of a guest: /etc/passwd, /etc/group and /etc/shadow out of what packages and tests declare."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from passwords import hashed, salt_for
from tree import Tree, fail

NO_LOGIN = "/usr/sbin/nologin"
FIRST_NORMAL = 1000
LAST_SYSTEM = 999
LOCKED = "!"


@dataclass
class User:
    uid: int
    gid: int
    description: str
    home: str
    shell: str
    password: str = LOCKED
    """As in /etc/shadow: empty for none, `!` for a locked account."""


@dataclass
class Group:
    gid: int
    members: list[str] = field(default_factory=list)


@dataclass
class Accounts:
    """All accounts of one guest. Free numbers go out as on NixOS: from 999 down, to normal users from 1000 up."""

    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)

    @classmethod
    def load(cls, file: Path) -> Accounts:
        data = json.loads(file.read_text())
        return cls(
            {name: User(**fields) for name, fields in data["users"].items()},
            {name: Group(**fields) for name, fields in data["groups"].items()},
        )

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    def save(self, file: Path) -> None:
        file.write_text(self.to_json())

    def read_distribution(self, tree: Tree) -> None:
        """The fixed accounts of `base-passwd`, then what packages declare in sysusers.d(5)."""
        for line in _lines(tree, "usr/share/base-passwd/group.master"):
            name, _, gid, _ = line.split(":")
            self.groups[name] = Group(int(gid))
        for line in _lines(tree, "usr/share/base-passwd/passwd.master"):
            name, _, uid, gid, description, home, shell = line.split(":")
            self.users[name] = User(int(uid), int(gid), description, home, shell)
        self.read_sysusers(tree)

    def read_sysusers(self, tree: Tree) -> None:
        for file in tree.names("usr/lib/sysusers.d"):
            for line in _lines(tree, f"usr/lib/sysusers.d/{file}"):
                words = [*shlex.split(line), "-", "-", "-", "-"]
                kind, name, number, description, home, shell = ("" if word == "-" else word for word in words[:6])
                if kind == "g":
                    self.add_group(name, _number(number))
                elif kind.startswith("u"):
                    self._add_sysuser(name, number, description, home or "/", shell or NO_LOGIN)
                elif kind == "m":
                    self.join(name, number)

    def _add_sysuser(self, name: str, number: str, description: str, home: str, shell: str) -> None:
        if name in self.users:
            return
        uid, _, group = number.partition(":")
        if group and _number(group) is not None:
            gid = int(group)
        else:
            gid = self.add_group(group or name, _number(uid))
        self.add_user(name, User(-1, gid, description, home, shell), _number(uid))

    def add_group(self, name: str, gid: int | None = None) -> int:
        """The number of the group, which is made if there is none of that name."""
        if name not in self.groups:
            taken = {group.gid for group in self.groups.values()}
            if gid is None or gid in taken:
                gid = next(number for number in range(LAST_SYSTEM, 0, -1) if number not in taken)
            self.groups[name] = Group(gid)
        return self.groups[name].gid

    def add_user(self, name: str, user: User, uid: int | None, *, normal: bool = False) -> User:
        taken = {other.uid for other in self.users.values()}
        if uid is None or uid in taken:
            free = range(FIRST_NORMAL, 30000) if normal else range(LAST_SYSTEM, 0, -1)
            uid = next(number for number in free if number not in taken)
        user.uid = uid
        self.users[name] = user
        return user

    def join(self, name: str, group: str) -> None:
        self.add_group(group)
        if name not in self.groups[group].members:
            self.groups[group].members.append(name)

    def write(self, tree: Tree, folder: Path) -> None:
        """Puts the three files into the tree; `folder` is a directory of the host to keep them in."""
        folder.mkdir(parents=True, exist_ok=True)
        users = sorted(self.users.items(), key=lambda item: item[1].uid)
        groups = sorted(self.groups.items(), key=lambda item: item[1].gid)
        passwd = "".join(f"{name}:x:{u.uid}:{u.gid}:{u.description}:{u.home}:{u.shell}\n" for name, u in users)
        group = "".join(f"{name}:x:{g.gid}:{','.join(g.members)}\n" for name, g in groups)
        shadow = "".join(f"{name}:{u.password}:19000:0:99999:7:::\n" for name, u in users)
        for name, text, mode in (("passwd", passwd, 0o644), ("group", group, 0o644), ("shadow", shadow, 0o640)):
            (folder / name).write_text(text)
            tree.file(f"etc/{name}", folder / name, mode, gid=self.groups["shadow"].gid if name == "shadow" else 0)


@dataclass
class Wanted:
    """A user as a test's configuration declares it, by the names of the NixOS options (`users.users`)."""

    name: str
    isNormalUser: bool
    uid: int | None
    group: str
    extraGroups: list[str]
    description: str
    home: str
    createHome: bool
    homeMode: str
    shell: str
    password: str | None
    hashedPassword: str | None
    hashedPasswordFile: str | None


def declare(accounts: Accounts, tree: Tree, users: list[Wanted], groups: dict[str, int | None]) -> None:
    """Adds the accounts that a test declares, changes those that are there, and makes homes."""
    for group, gid in sorted(groups.items()):
        accounts.add_group(group, gid)
    # Numbers that were asked for come first, so that nobody else is given them.
    for wanted in sorted(users, key=lambda user: (user.uid is None, user.name)):
        _declare_user(accounts, tree, wanted)


def _declare_user(accounts: Accounts, tree: Tree, wanted: Wanted) -> None:
    user = accounts.users.get(wanted.name)
    if wanted.group and wanted.group not in accounts.groups:
        fail(f"the group '{wanted.group}' of the user '{wanted.name}' does not exist: declare it in 'users.groups'")
    if user is None:
        gid = accounts.groups[wanted.group or "nogroup"].gid
        user = User(-1, gid, wanted.description, wanted.home, wanted.shell or NO_LOGIN)
        accounts.add_user(wanted.name, user, wanted.uid, normal=wanted.isNormalUser)
        if wanted.uid is not None and user.uid != wanted.uid:
            fail(f"the user '{wanted.name}' cannot have the number {wanted.uid}, which the guest gives to another")
    else:
        user.home, user.shell = wanted.home or user.home, wanted.shell or user.shell
    for group in wanted.extraGroups:
        # Configurations name groups of services that are not there, and NixOS only warns of it.
        if group in accounts.groups:
            accounts.join(wanted.name, group)
        else:
            sys.stderr.write(f"testkit: the user '{wanted.name}' is in no group '{group}', as there is none\n")
    if wanted.hashedPassword is not None:
        user.password = wanted.hashedPassword
    elif wanted.hashedPasswordFile is not None:
        user.password = Path(wanted.hashedPasswordFile).read_text().strip()
    elif wanted.password is not None:
        user.password = hashed(wanted.password, salt_for(f"{wanted.name}:{wanted.password}"))
    if wanted.createHome and wanted.home != "/var/empty" and tree.get(wanted.home) is None:
        tree.directory(wanted.home, int(wanted.homeMode, 8), user.uid, user.gid)


def _lines(tree: Tree, path: str) -> list[str]:
    """The lines of a file of the tree that say something."""
    entry = tree.get(path)
    if entry is None or not entry.source:
        return []
    lines = map(str.strip, Path(entry.source).read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None
