"""Images of systemd guests, made and changed without a machine: nix/testkit/systemd/image."""

import io
import json
import os
import shutil
import sys
import tarfile
import time
from importlib import import_module
from pathlib import Path

import tap

IMAGE = tap.REPOSITORY / "nix/testkit/systemd/image"
MAKE_QCOW2 = tap.REPOSITORY / "nix/testkit/builders/make-qcow2.py"
sys.path.insert(0, str(IMAGE))

# Not by statements: they are not beside this program, and have names that many things have.
debs, ext4, layer, programs, whole = map(import_module, ("debs", "ext4", "layer", "programs", "whole"))
accounts = import_module("accounts")
tree = import_module("tree")
hashed = import_module("passwords").hashed

PUBLISHED = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
"""Of "Hello world!" and "saltstring", in the description of the algorithm."""


def check_passwords() -> None:
    tap.equal("a password has the hash that everybody makes of it", hashed("Hello world!", "saltstring"), PUBLISHED)
    tap.equal("of a salt 16 characters count", hashed("x", "s" * 20), hashed("x", "s" * 16))
    tap.check("an empty password is one", hashed("", "s").startswith("$6$s$"))
    tap.check("a password may hold any letters", hashed("ä '$`\"", "s") != hashed("a '$`\"", "s"))


def check_paths() -> None:
    table = tree.Tree()
    table.directory("usr/bin")
    table.link("bin", "usr/bin")
    table.link("usr/up", "..")
    table.add("bin/true", tree.Entry("file", source="/dev/null"))
    tap.equal("a path goes through links to folders", table.resolve("usr/up/bin/true"), "usr/bin/true")
    tap.equal("and through absolute ones from the root", table.resolve("bin/../../x"), "x")
    table.add("bin", tree.Entry("directory"))
    tap.equal("a folder does not take the place of a link to one", table.entries["bin"].kind, "link")
    table.link("usr/bin/sh", "bash")
    tap.equal("names of a folder, through a link", table.names("bin"), ["sh", "true"])


def check_accounts(directory: Path) -> None:
    master = directory / "passwd.master"
    master.write_text("root:*:0:0:root:/root:/bin/bash\n")
    groups = directory / "group.master"
    groups.write_text("root:*:0:\nshadow:*:42:\nusers:*:100:\nnogroup:*:65534:\n")
    sysusers = directory / "x.conf"
    sysusers.write_text(
        '# a comment\ng first - -\nu second 300:first "Second one" /var/second\nm second users\nu third\n'
    )
    table = tree.Tree()
    table.file("usr/share/base-passwd/passwd.master", master)
    table.file("usr/share/base-passwd/group.master", groups)
    table.file("usr/lib/sysusers.d/x.conf", sysusers)
    everybody = accounts.Accounts()
    everybody.read_distribution(table)
    everybody.users["root"].password = ""
    common = {
        "description": "",
        "createHome": False,
        "homeMode": "0700",
        "password": None,
        "hashedPassword": None,
        "hashedPasswordFile": None,
    }
    people = [
        accounts.Wanted(
            "zoe", True, None, "users", ["made"], home="/home/zoe", shell="/bin/bash", **common | {"createHome": True}
        ),
        accounts.Wanted("amy", True, 1000, "users", ["absent"], home="/home/amy", shell="/bin/bash", **common),
        accounts.Wanted("root", False, None, "", [], home="/root", shell="", **common | {"hashedPassword": "!"}),
    ]
    accounts.declare(everybody, table, people, {"made": None})
    everybody.write(table, directory / "written")
    passwd = "\n".join(
        [
            "root:x:0:0:root:/root:/bin/bash",
            "second:x:300:999:Second one:/var/second:/usr/sbin/nologin",
            "third:x:999:998::/:/usr/sbin/nologin",
            "amy:x:1000:100::/home/amy:/bin/bash",
            "zoe:x:1001:100::/home/zoe:/bin/bash",
            "",
        ]
    )
    tap.equal("users have their numbers, or free ones", (directory / "written/passwd").read_text(), passwd)
    tap.equal(
        "groups have members",
        (directory / "written/group").read_text(),
        "root:x:0:\nshadow:x:42:\nusers:x:100:second\nmade:x:997:zoe\nthird:x:998:\nfirst:x:999:\nnogroup:x:65534:\n",
    )
    passwords = [line.split(":")[:2] for line in (directory / "written/shadow").read_text().splitlines()]
    tap.equal("a password is the one that was declared", passwords[0], ["root", "!"])
    tap.equal("a home belongs to its user", table.entries["home/zoe"], tree.Entry("directory", 0o700, 1001, 100))
    tap.equal("and is made for those alone who shall have one", table.get("home/amy"), None)


def make_deb(path: Path, name: str, version: str, files: dict[str, bytes], postinst: str = "") -> None:
    """A package with these files; those in bin folders are programs."""

    def archive(members: dict[str, bytes]) -> bytes:
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:gz") as tar:
            for member, content in members.items():
                info = tarfile.TarInfo(f"./{member}")
                info.size = len(content)
                info.mode = 0o4755 if "setuid" in member else 0o755 if "bin/" in member else 0o644
                tar.addfile(info, io.BytesIO(content))
        return data.getvalue()

    control = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: nobody\nDescription: a test\n"
    scripts = {"control": control.encode()} | ({"postinst": postinst.encode()} if postinst else {})
    parts = {"debian-binary": b"2.0\n", "control.tar.gz": archive(scripts), "data.tar.gz": archive(files)}
    with path.open("wb") as file:
        file.write(b"!<arch>\n")
        for part, content in parts.items():
            file.write(f"{part:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode())
            file.write(content + b"\n" * (len(content) % 2))


def check_packages(directory: Path) -> None:
    deb = directory / "tool_1%3a2_all.deb"
    postinst = """#!/bin/sh
update-alternatives --quiet --install /usr/bin/tool tool /usr/bin/tool.real 50 \\
  --slave /usr/share/man/man1/tool.1.gz tool.1.gz /usr/share/man/man1/tool.real.1.gz \\
  --slave /bin/instrument instrument /usr/bin/tool.real
update-alternatives --install "$LINK" "$NAME" "$FILE" 10
"""
    make_deb(deb, "tool", "1:2", {"usr/bin/tool.real": b"#!/bin/sh\n", "usr/sbin/admin": b"", "etc/x": b"x"}, postinst)
    tap.equal(
        "alternatives are read from a package's script",
        debs.alternatives(deb),
        [
            ("/usr/bin/tool", "tool", "/usr/bin/tool.real", 50),
            ("/usr/share/man/man1/tool.1.gz", "tool.1.gz", "/usr/share/man/man1/tool.real.1.gz", 50),
            ("/bin/instrument", "instrument", "/usr/bin/tool.real", 50),
        ],
    )
    shown = tap.run([sys.executable, "-B", IMAGE / "programs.py", deb]).output.splitlines()
    tap.equal(
        "a package's programs are its own and its alternatives",
        shown,
        [
            "admin /usr/sbin/admin",
            "instrument /usr/bin/tool.real",
            "tool /usr/bin/tool.real",
            "tool.real /usr/bin/tool.real",
        ],
    )
    tap.equal("a file's name tells name and version", layer.name_and_version(deb), ("tool", "1:2"))


def debugfs(image: Path, *commands: str) -> str:
    return "".join(tap.run(["debugfs", "-R", command, image]).output for command in commands)


def owner_and_mode(image: Path, path: str) -> tuple[str, ...]:
    fields = debugfs(image, f'stat "{path}"').split()
    return tuple(fields[fields.index(key) + 1] for key in ("Mode:", "User:", "Group:"))


def check_image(directory: Path) -> None:
    contents = directory / "contents"
    contents.write_text("old\n")
    other = directory / "other"
    other.write_text("new\n")
    table = tree.Tree()
    table.file("etc/changes", contents)
    table.file("etc/stays", contents, 0o4711, 7, 8)
    table.link("etc/link", "changes")
    table.directory("tmp", 0o1777)
    ext4.create(table, directory / "base", 64)
    tap.equal(
        "owners and modes are those of the table", owner_and_mode(directory / "base", "/etc/stays"), ("04711", "7", "8")
    )
    tap.equal("of folders too", owner_and_mode(directory / "base", "/tmp"), ("01777", "0", "0"))
    # Of a clock nothing is seen: the files have other times by now, and it is another second.
    os.utime(contents, (1, 1))
    time.sleep(1.1)
    ext4.create(table, directory / "later", 64)
    same = (directory / "base").read_bytes() == (directory / "later").read_bytes()
    tap.check("an image is the same whenever it is made", same)
    table.save(directory / "tree.json")

    again = tree.Tree.load(directory / "tree.json")
    again.file("etc/changes", other, 0o600, 1, 2)
    again.file('with space/and "quotes"', other)
    again.link("etc/link", "stays")
    again.permit("tmp", 0o700, 9)
    shutil.copyfile(directory / "base", directory / "changed")
    ext4.update(again, directory / "changed")
    tap.equal(
        "a change writes files, links and folders",
        debugfs(directory / "changed", "cat /etc/changes", 'cat "/with space/and ""quotes"""', "cat /etc/stays"),
        "new\nnew\nold\n",
    )
    tap.check("a link leads elsewhere", '"stays"' in debugfs(directory / "changed", "stat /etc/link"))
    tap.equal("modes and owners follow", owner_and_mode(directory / "changed", "/etc/changes"), ("0600", "1", "2"))
    tap.equal("also of what was there", owner_and_mode(directory / "changed", "/tmp"), ("0700", "0", "9"))
    checked = tap.run(["e2fsck", "-fn", directory / "changed"], joined=True)
    tap.check("the file system is sound", checked.code == 0, checked.output)

    base, over = directory / "base.qcow2", directory / "over.qcow2"
    tap.run([sys.executable, "-B", MAKE_QCOW2, base, "--from", directory / "base"])
    tap.run(
        [
            *(sys.executable, "-B", MAKE_QCOW2, over, "--base", base, "--format", "qcow2"),
            *("--from", directory / "changed", "--unlike", directory / "base"),
        ]
    )
    whole.copy(over, directory / "whole")
    same = (directory / "whole").read_bytes() == (directory / "changed").read_bytes()
    tap.check("an image is whole again from what lies over what", same)
    tap.check("and what lies over is small", over.stat().st_size < (directory / "base.qcow2").stat().st_size)


def check_layer(directory: Path) -> None:
    """A package that is asked for and one that comes along, over a base that knows none."""
    base = directory / "base"
    base.mkdir()
    table = tree.Tree()
    table.directory("usr/bin")
    ext4.create(table, directory / "raw", 64)
    table.save(base / "tree.json")
    tap.run([sys.executable, "-B", MAKE_QCOW2, base / "image", "--from", directory / "raw"])
    accounts.Accounts(
        {"root": accounts.User(0, 0, "", "/root", "/bin/sh")}, {"root": accounts.Group(0), "shadow": accounts.Group(42)}
    ).save(base / "accounts.json")
    (base / "packages").write_text("")
    (base / "units").write_text("known.service\n")

    packages = directory / "packages"
    packages.mkdir()
    stanzas = []
    for name in ("wanted", "needed"):
        make_deb(packages / f"{name}_1_all.deb", name, "1", {f"usr/bin/{name}": b"#!/bin/sh\n"})
        stanzas.append(f"Package: {name}\nVersion: 1\nStatus: install ok installed\n")
    (packages / "status").write_text("\n".join(stanzas))
    stands = directory / "store/stands"
    (stands / "bin").mkdir(parents=True)
    (stands / "bin/wanted").symlink_to("/usr/bin/wanted")
    (stands / "nix-support").mkdir()
    (stands / layer.MARKER).write_text(f"wanted\n{packages}\n")

    text = {"text": "[Unit]\n", "unit": True}
    wanted = {
        "files": {"etc/systemd/system/known.service": text, "etc/systemd/system/new.service": text},
        "users": [],
        "groups": {},
        "systemPackages": [],
        "userPackages": {"amy": [str(stands)]},
        "references": [],
    }
    (directory / "wanted.json").write_text(json.dumps(wanted))
    closure = [directory / "wanted.json", stands, packages]
    (directory / "closure").write_text("".join(f"{path}\n\n1\n{directory}\n" for path in closure))
    output = directory / "output"
    arguments = [base, directory / "wanted.json", directory / "closure", MAKE_QCOW2, output]
    ended = tap.run([sys.executable, "-B", IMAGE / "layer.py", *arguments], directory=directory)
    tap.equal("a layer is made", (ended.code, ended.output + ended.errors), (0, ""))
    made = set(tree.Tree.load(output / "tree.json").entries)
    tap.equal(
        "what was asked for is seen by its user, what it needs by everybody, and units of the base are kept",
        sorted(
            path
            for path in made
            if path.rpartition("/")[2] in ("wanted", "needed") or path.endswith((".service", ".conf"))
        ),
        sorted(
            [
                "etc/profiles/per-user/amy/bin/wanted",
                "etc/systemd/system/known.service.d/overrides.conf",
                "etc/systemd/system/new.service",
                "usr/bin/needed",
                "usr/bin/wanted",
                "usr/lib/testkit/bin/needed",
                "usr/lib/testkit/system/sw/bin/needed",
                f"{stands}/bin/wanted".lstrip("/"),
            ]
        ),
    )
    tap.equal(
        "packages are known to what comes over it",
        layer.installed((output / "packages").read_text()),
        {"needed": "1", "wanted": "1"},
    )


def main() -> None:
    if shutil.which("perl") is None:
        tap.skip("passwords", "'perl' is not on PATH: install the package 'perl-base'")
    else:
        check_passwords()
    with tap.directory() as directory:
        check_paths()
        check_accounts(directory)
    if shutil.which("dpkg-deb") is None:
        tap.skip("packages", "'dpkg-deb' is not on PATH: install the package 'dpkg'")
    else:
        with tap.directory() as directory:
            check_packages(directory)
    missing = [tool for tool in ("mke2fs", "debugfs", "e2fsck") if shutil.which(tool) is None]
    if missing:
        tap.skip("images", f"'{missing[0]}' is not on PATH: install the package 'e2fsprogs'")
    else:
        with tap.directory() as directory:
            check_image(directory)
        with tap.directory() as directory:
            check_layer(directory)
    tap.leave()


main()
