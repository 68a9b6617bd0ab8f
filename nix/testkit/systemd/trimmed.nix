# What a trimmed guest does not do at boot, as files over those of the distribution. Most of it still can be started by
# hand, or starts when it is asked for: only nobody wants it any more.
{ lib, config }:

let
  null = { link = "/dev/null"; };
  masked = folder: names: lib.listToAttrs (map (name: lib.nameValuePair "${folder}/${name}" null) names);
  unwanted = target: masked "etc/systemd/system/${target}.wants";
  hasTmpfiles = config.systemd.tmpfiles.rules != [ ];
in
unwanted "sysinit.target" (
  [
    "cryptsetup.target"
    "dev-hugepages.mount"
    "dev-mqueue.mount"
    "integritysetup.target"
    "kmod-static-nodes.service"
    "proc-sys-fs-binfmt_misc.automount"
    "sys-fs-fuse-connections.mount"
    "sys-kernel-config.mount"
    "sys-kernel-debug.mount"
    "sys-kernel-tracing.mount"
    "systemd-ask-password-console.path"
    "systemd-binfmt.service"
    "systemd-firstboot.service"
    "systemd-journal-flush.service"
    "systemd-machine-id-commit.service"
    "systemd-pcrphase-sysinit.service"
    "systemd-pcrphase.service"
    "systemd-random-seed.service"
    "systemd-repart.service"
    "systemd-sysusers.service"
    "systemd-tmpfiles-setup-dev.service"
    "systemd-update-utmp.service"
    "veritysetup.target"
  ]
  ++ lib.optional (config.boot.kernelModules == [ ]) "systemd-modules-load.service"
  ++ lib.optional (config.boot.kernel.sysctl == { }) "systemd-sysctl.service"
  ++ lib.optional (!hasTmpfiles) "systemd-tmpfiles-setup.service"
)
// unwanted "multi-user.target" (
  [
    # This one and logind start at the first call over the bus, unless there are users whose services do not wait.
    "dbus.service"
    "systemd-ask-password-wall.path"
    "systemd-update-utmp-runlevel.service"
    "systemd-user-sessions.service"
  ]
  ++ lib.optional (!lib.any (user: user.linger) (lib.attrValues config.users.users)) "systemd-logind.service"
)
// unwanted "getty.target" [ "getty-static.service" ]
// unwanted "sockets.target" [
  "systemd-initctl.socket"
  "systemd-journald-audit.socket"
]
// unwanted "timers.target" [ "systemd-tmpfiles-clean.timer" ]
# They look for disks, swap and services in places where a test machine has none.
// masked "etc/systemd/system-generators" [
  "systemd-cryptsetup-generator"
  "systemd-debug-generator"
  "systemd-fstab-generator"
  "systemd-getty-generator"
  "systemd-gpt-auto-generator"
  "systemd-hibernate-resume-generator"
  "systemd-integritysetup-generator"
  "systemd-rc-local-generator"
  "systemd-run-generator"
  "systemd-system-update-generator"
  "systemd-sysv-generator"
  "systemd-veritysetup-generator"
]
# The image has the folders that these would make. The first one would keep users out until somebody lets them in.
// masked "etc/tmpfiles.d" [
  "systemd-nologin.conf"
  "dbus.conf"
  "debian.conf"
  "home.conf"
  "journal-nocow.conf"
  "legacy.conf"
  "passwd.conf"
  "provision.conf"
  "static-nodes-permissions.conf"
  "sudo.conf"
  "systemd-network.conf"
  "systemd-pstore.conf"
  "systemd-tmp.conf"
  "systemd.conf"
  "tmp.conf"
  "var.conf"
  "x11.conf"
]
# Rules for devices that the machine has not.
// masked "etc/udev/rules.d" [
  "50-firmware.rules"
  "55-dm.rules"
  "60-autosuspend.rules"
  "60-block.rules"
  "60-cdrom_id.rules"
  "60-drm.rules"
  "60-evdev.rules"
  "60-fido-id.rules"
  "60-infiniband.rules"
  "60-input-id.rules"
  "60-persistent-alsa.rules"
  "60-persistent-input.rules"
  "60-persistent-storage-dm.rules"
  "60-persistent-storage-tape.rules"
  "60-persistent-v4l.rules"
  "60-sensor.rules"
  "60-serial.rules"
  "64-btrfs.rules"
  "70-camera.rules"
  "70-joystick.rules"
  "70-memory.rules"
  "70-mouse.rules"
  "70-power-switch.rules"
  "70-touchpad.rules"
  "70-uaccess.rules"
  "71-seat.rules"
  "73-seat-late.rules"
  "73-special-net-names.rules"
  "75-net-description.rules"
  "75-probe_mtd.rules"
  "78-sound-card.rules"
  "80-debian-compat.rules"
  "80-net-setup-link.rules"
  "81-net-dhcp.rules"
  "85-hwclock.rules"
  "95-dm-notify.rules"
  "96-e2scrub.rules"
]
// {
  # Devices that tests and units wait for. Drivers are loaded in the initial file system, so no others are looked for.
  "etc/systemd/system/systemd-udev-trigger.service.d/trimmed.conf".text = ''
    [Service]
    ExecStart=
    ExecStart=/usr/lib/testkit/trigger-devices
  '';
  "etc/systemd/journald.conf.d/trimmed.conf".text = ''
    [Journal]
    Storage=volatile
    Audit=no
  '';
}
// lib.genAttrs (
  lib.concatMap (name: [ "usr/lib/testkit/bin/${name}" "usr/lib/testkit/system/sw/bin/${name}" ]) [ "poweroff" "reboot" "halt" ]
) (_path: { link = "/usr/lib/testkit/power"; })
