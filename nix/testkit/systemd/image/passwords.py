"""Passwords as /etc/shadow holds them, in the `$6$` form that every Linux reads.

Perl makes them with the C library's `crypt`: it belongs to every Debian and Ubuntu, where the other programs that can
do so (`openssl passwd`, `mkpasswd`) may be missing, and Python's own module left the standard library with 3.13.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess

from tree import fail

# What is hashed comes by standard input, so that nobody sees it among the words of a process.
CRYPT = r"chomp(my ($salt, $password) = <STDIN>); print crypt($password, q($6$) . $salt) // q()"


def hashed(password: str, salt: str) -> str:
    """`$6$SALT$HASH`; of the salt the first 16 characters count."""
    if shutil.which("perl") is None:
        fail("'perl', which hashes passwords, is not on PATH: install the package 'perl-base'")
    if "\n" in password:
        fail("a password has a line break in it, and nobody could type it: take another one")
    lines = f"{salt}\n{password}\n"
    done = subprocess.run(["perl", "-e", CRYPT], input=lines, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0 or not done.stdout.startswith("$6$"):
        fail(f"'perl' could not hash a password: {done.stderr.strip() or 'its C library does not know SHA-512'}")
    return done.stdout


def salt_for(text: str) -> str:
    """A salt that depends on the text alone, so that an image is the same whoever builds it."""
    return base64.b64encode(hashlib.sha512(text.encode()).digest(), b"./").decode()[:16]
