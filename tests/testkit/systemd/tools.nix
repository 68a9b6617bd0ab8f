# Packages of many kinds: each must do something in the machine, and be where nixpkgs' users expect it.
{ pkgs, lib, ... }:

let
  programs = {
    bc = "echo 6*7 | ${pkgs.bc}/bin/bc";
    git = "${pkgs.git}/bin/git init --quiet /tmp/repository && ls -d /tmp/repository/.git";
    imagemagick = "${pkgs.imagemagick}/bin/convert -size 2x3 xc:red -format '%w %h\\n' info:-";
    iperf3 = "${lib.getExe pkgs.iperf3} --version | grep --only-matching '^iperf 3'";
    nmap = "${pkgs.nmap}/bin/nmap --version | grep --only-matching 'Nmap version'";
    perl = "${pkgs.perl}/bin/perl -MData::Dumper -e 'print Dumper(1)'";
    postgresql = "${pkgs.postgresql}/bin/postgres --version | grep --only-matching PostgreSQL";
    python3 = "${pkgs.python3}/bin/python3 -c 'import json; print(json.dumps(1))'";
    redis = "${lib.getExe pkgs.redis} --version | grep --only-matching 'Redis server'";
    socat = "echo through | ${pkgs.socat}/bin/socat - EXEC:cat";
    sqlite = "${lib.getExe pkgs.sqlite} :memory: 'select 40 + 2'";
    vim = "${pkgs.vim}/bin/vim --version | grep --only-matching '^VIM'";
    by-distribution = "${pkgs.debian "cowsay"}/bin/cowsay moo | grep --only-matching moo";
  };
  # By writeShellApplication, to see that one too.
  application =
    name: text:
    lib.getExe (
      pkgs.writeShellApplication {
        name = "try-${name}";
        runtimeInputs = [ pkgs.gnugrep ];
        inherit text;
      }
    );
in
{
  name = "systemd-tools";

  nodes.machine.virtualisation.memorySize = 512;

  testScript = ''
    results = {}
    ${lib.concatMapAttrsStringSep "\n" (name: text: ''results["${name}"] = machine.succeed("${application name text}")'') programs}
    t.assertEqual(
        results,
        {
            "bc": "42\n",
            "by-distribution": "moo\n",
            "git": "/tmp/repository/.git\n",
            "imagemagick": "2 3\n",
            "iperf3": "iperf 3\n",
            "nmap": "Nmap version\n",
            "perl": "$VAR1 = 1;\n",
            "postgresql": "PostgreSQL\n",
            "python3": "1\n",
            "redis": "Redis server\n",
            "socat": "through\n",
            "sqlite": "42\n",
            "vim": "VIM\n",
        },
    )
  '';
}
