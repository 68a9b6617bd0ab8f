# Packages of the distribution for systemd guests: the base system, and what a configuration asks for beyond it.
{ lib, host }:

let
  fetch = host.file ./builders/fetch.sh;

  # The smallest system that does what tests of NixOS take for granted. All that is essential to Debian is named,
  # because packages rely on it without saying so.
  base = host.derive "testkit-systemd-packages" ./builders/packages.sh {
    inherit fetch;
    names = lib.concatStringsSep " " [
      "acl"
      "attr"
      "base-files"
      "base-passwd"
      "bash"
      "bsdextrautils"
      "bsdutils"
      "bzip2"
      "ca-certificates"
      "coreutils"
      "cpio"
      "curl"
      "dbus"
      "debianutils"
      "diffutils"
      "dpkg"
      "e2fsprogs"
      "file"
      "findutils"
      "gawk"
      "grep"
      "gzip"
      "hostname"
      "init-system-helpers"
      "iproute2"
      "iputils-ping"
      "kbd"
      "kmod"
      "less"
      "libc-bin"
      "libcap2-bin"
      "libnss-myhostname"
      "libpam-systemd"
      "login"
      "mount"
      "ncurses-base"
      "ncurses-bin"
      "netcat-openbsd"
      "openssh-client"
      "openssh-server"
      "openssl"
      "passwd"
      "patch"
      "perl-base"
      "procps"
      "psmisc"
      "sed"
      "sudo"
      "systemd"
      "systemd-sysv"
      "sysvinit-utils"
      "tar"
      "time"
      "tzdata"
      "udev"
      # Or apt would bring a program that merges /usr, and Perl for it.
      "usr-is-merged"
      "util-linux"
      "xz-utils"
      "zstd"
    ];
  };
in
{
  inherit base;

  # A value that stands for packages in a configuration: in a string it is a folder whose bin/ has their programs, both
  # here and in the guest, and a machine whose configuration mentions it has the packages installed. `links` are
  # programs by further names, { firefox = "/usr/bin/firefox-esr"; }; `shown` are patterns for packages that come along
  # and whose programs are meant too.
  package =
    {
      name,
      packages,
      links ? { },
      shown ? [ ],
      mainProgram ? name,
    }:
    host.derive name ./builders/package.sh {
      outputs = [ "out" "debs" ];
      names = lib.concatStringsSep " " packages;
      shown = lib.concatStringsSep " " shown;
      inherit base fetch;
      # Few, because each change to them downloads packages again.
      image = host.files "testkit-systemd-programs" ./image [ "programs.py" "debs.py" "tree.py" ];
      links = lib.concatLines (lib.mapAttrsToList (link: target: "${link} ${target}") links);
    }
    // {
      pname = name;
      meta = { inherit mainProgram; };
    };
}
