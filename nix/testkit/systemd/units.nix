# Units of systemd as files, out of the options `systemd.services` and the like.
{ lib, texts }:

let
  # A file of the user is meant as it will be in the machine.
  text = value: if lib.isPath value then "${value}" else toString value;

  # What a setting looks like in a unit: one line for each element of a list.
  lines =
    name: value:
    if lib.isList value then
      lib.concatMapStrings (lines name) value
    else if value == null then
      ""
    else
      "${name}=${if lib.isBool value then lib.boolToString value else text value}\n";
  section = name: settings: lib.optionalString (settings != { }) "[${name}]\n${lib.concatMapAttrsStringSep "" lines settings}\n";

  # The section [Unit] of all kinds of units.
  unitSection =
    unit:
    let
      words = name: value: lib.optionalAttrs (value != [ ]) { ${name} = lib.concatStringsSep " " value; };
      sentence = name: value: lib.optionalAttrs (value != "") { ${name} = value; };
      limit = name: value: lib.optionalAttrs (value != null) { ${name} = value; };
    in
    section "Unit" (
      sentence "Description" unit.description
      // words "Documentation" unit.documentation
      // words "Requires" unit.requires
      // words "Wants" unit.wants
      // words "After" unit.after
      // words "Before" unit.before
      // words "BindsTo" unit.bindsTo
      // words "PartOf" unit.partOf
      // words "Conflicts" unit.conflicts
      // words "Requisite" unit.requisite
      // words "OnFailure" unit.onFailure
      // words "OnSuccess" unit.onSuccess
      // limit "StartLimitBurst" (unit.startLimitBurst or null)
      // limit "StartLimitIntervalSec" (unit.startLimitIntervalSec or null)
      // unit.unitConfig
    );

  # A script of a service, as a file. The name shows in the journal.
  scriptOf = name: script: "${texts.writeShellScriptBin name "set -e\n${script}"}/bin/${name}";

  serviceText =
    name: service:
    let
      script = suffix: text: lib.optionals (text != "") [ (scriptOf "${lib.replaceStrings [ "@" "\\" ] [ "-" "-" ] name}-${suffix}" text) ];
      # What is written in the options, then what `serviceConfig` says of the same.
      commands =
        setting: written:
        lib.optionalAttrs (written != [ ]) {
          ${setting} = written ++ lib.flatten [ (service.serviceConfig.${setting} or [ ]) ];
        };
      scriptArgs = lib.optionalString (service.scriptArgs != "") " ${service.scriptArgs}";
      path = lib.concatStringsSep ":" (
        lib.concatMap (folder: [ "${folder}/bin" "${folder}/sbin" ]) service.path ++ [ "/usr/lib/testkit/bin" ]
      );
      environment = { PATH = path; } // lib.filterAttrs (_name: value: value != null) service.environment;
    in
    unitSection service
    + section "Service" (
      {
        Environment = lib.mapAttrsToList (key: value: lib.toJSON "${key}=${text value}") environment;
      }
      // service.serviceConfig
      // commands "ExecStartPre" (script "pre-start" service.preStart)
      // commands "ExecStart" (map (path: path + scriptArgs) (script "start" service.script))
      // commands "ExecStartPost" (script "post-start" service.postStart)
      // commands "ExecReload" (script "reload" service.reload)
      // commands "ExecStop" (script "pre-stop" service.preStop)
      // commands "ExecStopPost" (script "post-stop" service.postStop)
    );

  socketText =
    _name: socket:
    unitSection socket
    + section "Socket" (
      { ListenStream = socket.listenStreams; }
      // { ListenDatagram = socket.listenDatagrams; }
      // socket.socketConfig
    );

  # The timers that `startAt` of services stands for.
  timersOf =
    services:
    lib.mapAttrs (_name: service: {
      "timerConfig" = { OnCalendar = service.startAt; };
      wantedBy = [ "timers.target" ];
    }) (lib.filterAttrs (_name: service: service.startAt != [ ]) services);

  # The files of units of one kind below `folder`: themselves, and the links that make others want them.
  filesOf =
    folder: kind: textOf: units:
    let
      link = target: { link = target; };
      fileOf =
        name: unit:
        let
          file = "${name}.${kind}";
          linksFrom = others: suffix: lib.listToAttrs (map (other: lib.nameValuePair "${folder}/${other}.${suffix}/${file}" (link "../${file}")) others);
        in
        if !unit.enable then
          { "${folder}/${file}" = link "/dev/null"; }
        else
          {
            "${folder}/${file}" = {
              text = textOf name unit;
              unit = true;
            };
          }
          // linksFrom unit.wantedBy "wants"
          // linksFrom unit.requiredBy "requires"
          // lib.listToAttrs (map (alias: lib.nameValuePair "${folder}/${alias}" (link file)) unit.aliases);
    in
    lib.concatMapAttrs fileOf units;

  simple = name: key: _name: unit: unitSection unit + section name unit.${key};

  bare = {
    enable = true;
    description = "";
    unitConfig = { };
    aliases = [ ];
    requiredBy = [ ];
  } // lib.genAttrs [ "documentation" "requires" "wants" "after" "before" "bindsTo" "partOf" "conflicts" "requisite" "onFailure" "onSuccess" ] (_name: [ ]);

  group =
    folder: { services, timers, sockets }:
    filesOf folder "service" serviceText services
    // filesOf folder "timer" (simple "Timer" "timerConfig") (lib.mapAttrs (_name: timer: bare // timer) (timersOf services) // timers)
    // filesOf folder "socket" socketText sockets;
in
# systemd: the options below `systemd` of a node. Gives files as layer.py takes them, by path.
systemd:
group "etc/systemd/system" { inherit (systemd) services timers sockets; }
// filesOf "etc/systemd/system" "path" (simple "Path" "pathConfig") systemd.paths
// filesOf "etc/systemd/system" "target" (_name: unitSection) systemd.targets
// group "etc/systemd/user" { inherit (systemd.user) services timers sockets; }
