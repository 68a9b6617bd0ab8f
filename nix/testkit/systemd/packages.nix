# The attribute `pkgs`: packages by the names of nixpkgs, made of those of the distribution, and small text files.
#
# A name that is missing here: `pkgs.debian "NAME"` is the distribution's package of that name.
{ lib, host }:

let
  distribution = import ./distribution.nix { inherit lib host; };

  # Most are a package of the same name, or of another.
  simple = lib.mapAttrs (
    name: packages:
    distribution.package {
      inherit name;
      packages = if lib.isList packages then packages else [ packages ];
      mainProgram = programs.${name} or name;
    }
  );

  # The main programs of packages that are called otherwise.
  programs = {
    acl = "getfacl";
    apacheHttpd = "apache2";
    bashInteractive = "bash";
    bind = "named";
    binutils = "ld";
    bridge-utils = "brctl";
    cacert = "update-ca-certificates";
    conntrack-tools = "conntrack";
    coreutils = "ls";
    dbus = "dbus-daemon";
    diffutils = "diff";
    dnsutils = "dig";
    dosfstools = "mkfs.fat";
    e2fsprogs = "mke2fs";
    findutils = "find";
    gawk = "awk";
    gnugrep = "grep";
    gnupg = "gpg";
    gnused = "sed";
    gnutar = "tar";
    inetutils = "telnet";
    iproute2 = "ip";
    iputils = "ping";
    kmod = "modprobe";
    mariadb = "mariadbd";
    nbd = "nbd-client";
    ncurses = "tput";
    netcat = "nc";
    netcat-openbsd = "nc";
    nettools = "ifconfig";
    nfs-utils = "mount.nfs";
    nftables = "nft";
    openldap = "slapd";
    openssh = "ssh";
    postgresql = "postgres";
    procps = "ps";
    psmisc = "killall";
    redis = "redis-server";
    ripgrep = "rg";
    samba = "smbd";
    shadow = "useradd";
    sqlite = "sqlite3";
    util-linux = "lsblk";
    vde2 = "vde_switch";
    wireguard-tools = "wg";
    xfsprogs = "mkfs.xfs";
  };

  table = simple {
    acl = "acl";
    apacheHttpd = "apache2-bin";
    attr = "attr";
    bash = "bash";
    bashInteractive = "bash";
    bc = "bc";
    bind = "bind9";
    binutils = "binutils";
    bridge-utils = "bridge-utils";
    busybox = "busybox-static";
    bzip2 = "bzip2";
    cacert = "ca-certificates";
    conntrack-tools = "conntrack";
    coreutils = "coreutils";
    cowsay = "cowsay";
    cpio = "cpio";
    curl = "curl";
    dash = "dash";
    dbus = [ "dbus-bin" "dbus-daemon" ];
    diffutils = "diffutils";
    dig = "bind9-dnsutils";
    dnsmasq = "dnsmasq-base";
    dnsutils = "bind9-dnsutils";
    dosfstools = "dosfstools";
    e2fsprogs = "e2fsprogs";
    ethtool = "ethtool";
    expect = "expect";
    figlet = "figlet";
    file = "file";
    findutils = "findutils";
    fping = "fping";
    gawk = "gawk";
    git = "git";
    gnugrep = "grep";
    gnupg = [ "gpg" "gpg-agent" "gpgv" ];
    gnused = "sed";
    gnutar = "tar";
    gzip = "gzip";
    haproxy = "haproxy";
    hello = "hello";
    hostname = "hostname";
    htop = "htop";
    inetutils = [ "inetutils-telnet" "inetutils-ftp" ];
    iperf = "iperf";
    iperf3 = "iperf3";
    iproute2 = "iproute2";
    iptables = "iptables";
    iputils = "iputils-ping";
    jq = "jq";
    kmod = "kmod";
    less = "less";
    lsof = "lsof";
    lynx = "lynx";
    mariadb = [ "mariadb-server-core" "mariadb-client-core" "mariadb-server" "mariadb-client" ];
    memcached = "memcached";
    mosquitto = [ "mosquitto" "mosquitto-clients" ];
    mtr = "mtr-tiny";
    nano = "nano";
    nbd = [ "nbd-client" "nbd-server" ];
    ncurses = "ncurses-bin";
    netcat = "netcat-openbsd";
    netcat-openbsd = "netcat-openbsd";
    nettools = "net-tools";
    nfs-utils = [ "nfs-common" "nfs-kernel-server" ];
    nftables = "nftables";
    nginx = "nginx";
    nmap = "nmap";
    openldap = [ "slapd" "ldap-utils" ];
    openssh = [ "openssh-client" "openssh-server" "openssh-sftp-server" ];
    openssl = "openssl";
    openvpn = "openvpn";
    patch = "patch";
    perl = [ "perl-base" "perl" ];
    procps = "procps";
    psmisc = "psmisc";
    python3 = [ "python3-minimal" "python3" ];
    redis = [ "redis-server" "redis-tools" ];
    ripgrep = "ripgrep";
    rsync = "rsync";
    samba = [ "samba" "smbclient" ];
    screen = "screen";
    shadow = [ "passwd" "login" ];
    socat = "socat";
    sqlite = "sqlite3";
    squid = "squid";
    strace = "strace";
    stress-ng = "stress-ng";
    sudo = "sudo";
    systemd = [ "systemd" "udev" ];
    tcpdump = "tcpdump";
    tmux = "tmux";
    traceroute = "traceroute";
    tree = "tree";
    unbound = "unbound";
    unzip = "unzip";
    util-linux = [ "util-linux" "mount" "bsdutils" "bsdextrautils" ];
    vde2 = "vde2";
    vsftpd = "vsftpd";
    wget = "wget";
    which = "debianutils";
    wireguard-tools = "wireguard-tools";
    xfsprogs = "xfsprogs";
    xz = "xz-utils";
    zip = "zip";
    zstd = "zstd";
  };

  # Packages whose programs have other names in nixpkgs than in the distribution, or other places.
  renamed = {
    firefox = distribution.package {
      name = "firefox";
      packages = [ "firefox-esr" ];
      links.firefox = "/usr/bin/firefox-esr";
    };
    chromium = distribution.package {
      name = "chromium";
      packages = [ "chromium" ];
    };
    imagemagick = distribution.package {
      name = "imagemagick";
      packages = [ "imagemagick-6.q16" ];
      links = lib.genAttrs [ "animate" "compare" "composite" "convert" "display" "identify" "import" "mogrify" "montage" "stream" ] (
        program: "/usr/bin/${program}-im6.q16"
      );
      mainProgram = "convert";
    };
    libressl.nc = table.netcat;
    nodejs = distribution.package {
      name = "nodejs";
      packages = [ "nodejs" ];
      mainProgram = "node";
    };
    postgresql = distribution.package {
      name = "postgresql";
      packages = [ "postgresql" ];
      shown = [ "postgresql-[0-9]*" "postgresql-client-[0-9]*" ];
      mainProgram = "postgres";
    };
    vim = distribution.package {
      name = "vim";
      packages = [ "vim" ];
      links = lib.genAttrs [ "vim" "vi" "view" "vimdiff" "ex" ] (_name: "/usr/bin/vim.basic");
    };
  };
in
table
// renamed
// import ./texts.nix { inherit lib host; }
// {
  # The shell of scripts.
  runtimeShell = "/bin/bash";
  runtimeShellPackage = table.bash;
  stdenv.hostPlatform = {
    system = "x86_64-linux";
    isLinux = true;
    isx86_64 = true;
    isAarch64 = false;
  };

  # The distribution's package of a name that is not in the table.
  debian =
    name:
    distribution.package {
      inherit name;
      packages = [ name ];
    };
}
