using System;
using SharpRunc.Linux;

namespace SharpRunc.Core;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The stable name of a kind of failure: <c>mount.source-missing</c>. Scripts compare it, so a code keeps its text and its meaning for
/// ever; `sharprunc explain CODE` says what it means. They are properties, which cost nothing until one of them is needed.
/// </summary>
internal readonly record struct ErrorCode(string Text)
{
    // The command line
    public static ErrorCode UsageFlag => new("usage.flag");
    public static ErrorCode UsageValue => new("usage.value");
    public static ErrorCode UsageFile => new("usage.file");
    public static ErrorCode UsageDescriptors => new("usage.descriptors");
    public static ErrorCode UsageContainerId => new("usage.container-id");
    public static ErrorCode SpecExists => new("spec.file-exists");
    public static ErrorCode Interrupted => new("command.interrupted");

    // The bundle
    public static ErrorCode ConfigMissing => new("config.missing");
    public static ErrorCode ConfigTooLarge => new("config.too-large");
    public static ErrorCode ConfigSyntax => new("config.syntax");
    public static ErrorCode ConfigType => new("config.type");
    public static ErrorCode ConfigDuplicate => new("config.duplicate-key");
    public static ErrorCode ConfigRequired => new("config.required");
    public static ErrorCode ConfigValue => new("config.value");
    public static ErrorCode ConfigVersion => new("config.version");
    public static ErrorCode RootMissing => new("root.missing");
    public static ErrorCode RootCovered => new("root.covered");

    // The host
    public static ErrorCode HostKernel => new("host.kernel-too-old");
    public static ErrorCode HostCallForbidden => new("host.call-forbidden");
    public static ErrorCode HostCallFailed => new("host.call-failed");
    public static ErrorCode HostOpenFiles => new("host.open-files");
    public static ErrorCode HostProcesses => new("host.too-many-processes");
    public static ErrorCode HostNoSpace => new("host.no-space");
    public static ErrorCode Internal => new("internal.error");

    // The state directory, and what a command asks of a container
    public static ErrorCode StateUnusable => new("state.root-unusable");
    public static ErrorCode StateUntrusted => new("state.untrusted-path");
    public static ErrorCode StateDamaged => new("state.damaged");
    public static ErrorCode StateForeign => new("state.not-ours");
    public static ErrorCode StateLocked => new("state.locked");
    public static ErrorCode ContainerExists => new("container.exists");
    public static ErrorCode ContainerMissing => new("container.missing");
    public static ErrorCode ContainerStopped => new("container.not-running");
    public static ErrorCode ContainerThreadEnded => new("container.main-thread-ended");
    public static ErrorCode StartState => new("start.wrong-state");
    public static ErrorCode ExecContainerPaused => new("exec.container-paused");
    public static ErrorCode PauseState => new("pause.wrong-state");
    public static ErrorCode DeleteNotStopped => new("delete.not-stopped");
    public static ErrorCode DeleteStillRunning => new("delete.still-running");
    public static ErrorCode PsOutput => new("ps.output");

    // Cgroups
    public static ErrorCode CgroupNotMounted => new("cgroup.not-mounted");
    public static ErrorCode CgroupController => new("cgroup.controller-absent");
    public static ErrorCode CgroupPermission => new("cgroup.not-delegated");
    public static ErrorCode CgroupPath => new("cgroup.path");
    public static ErrorCode CgroupMake => new("cgroup.not-made");
    public static ErrorCode CgroupNotEmpty => new("cgroup.not-empty");
    public static ErrorCode CgroupNoProcesses => new("cgroup.takes-no-processes");
    public static ErrorCode CgroupJoin => new("cgroup.not-joined");
    public static ErrorCode CgroupLeft => new("cgroup.process-outside");
    public static ErrorCode CgroupLimit => new("cgroup.limit-refused");
    public static ErrorCode CgroupMemoryInUse => new("cgroup.memory-in-use");
    public static ErrorCode CgroupDevices => new("cgroup.device-rules");
    public static ErrorCode CgroupDelegate => new("cgroup.owner-not-changed");
    public static ErrorCode CgroupFreeze => new("cgroup.freeze-failed");
    public static ErrorCode CgroupFrozen => new("cgroup.frozen");
    public static ErrorCode CgroupRemove => new("cgroup.not-removed");

    // systemd
    public static ErrorCode SystemdAbsent => new("systemd.absent");
    public static ErrorCode SystemdBus => new("systemd.unreachable");
    public static ErrorCode SystemdNeedsV2 => new("systemd.needs-cgroup-v2");
    public static ErrorCode SystemdUnitName => new("systemd.unit-name");
    public static ErrorCode SystemdUnitExists => new("systemd.unit-exists");
    public static ErrorCode SystemdValue => new("systemd.property");
    public static ErrorCode SystemdRefused => new("systemd.refused");
    public static ErrorCode SystemdJob => new("systemd.job-failed");
    public static ErrorCode SystemdMisplaced => new("systemd.other-cgroup");

    // Namespaces
    public static ErrorCode NamespaceRequired => new("namespace.required");
    public static ErrorCode NamespaceAbsent => new("namespace.unavailable");
    public static ErrorCode NamespaceOpen => new("namespace.not-opened");
    public static ErrorCode NamespaceNone => new("namespace.not-one");
    public static ErrorCode NamespaceJoin => new("namespace.not-joined");
    public static ErrorCode NamespaceMap => new("namespace.map-refused");
    public static ErrorCode NamespaceUnmapped => new("namespace.unmapped-id");
    public static ErrorCode NamespaceChanged => new("namespace.changed");

    // Mounts and devices
    public static ErrorCode MountFailed => new("mount.failed");
    public static ErrorCode MountSourceMissing => new("mount.source-missing");
    public static ErrorCode MountKinds => new("mount.file-and-directory");
    public static ErrorCode MountFileSystem => new("mount.unknown-file-system");
    public static ErrorCode MountOptions => new("mount.options-refused");
    public static ErrorCode MountLocked => new("mount.locked-in-user-namespace");
    public static ErrorCode MountLink => new("mount.destination-is-link");
    public static ErrorCode MountInProc => new("mount.in-proc");
    public static ErrorCode MountIdMap => new("mount.id-map-refused");
    public static ErrorCode MountLabel => new("mount.label-refused");
    public static ErrorCode MountMask => new("mount.mask-failed");
    public static ErrorCode DeviceFailed => new("device.failed");
    public static ErrorCode DeviceMissing => new("device.missing");
    public static ErrorCode DeviceOther => new("device.other-node");
    public static ErrorCode DeviceLink => new("device.link-leads-out");

    // The process
    public static ErrorCode ProgramMissing => new("program.missing");
    public static ErrorCode ProgramInterpreter => new("program.interpreter-missing");
    public static ErrorCode ProgramRefused => new("program.not-executable");
    public static ErrorCode ProgramFormat => new("program.format");
    public static ErrorCode ProcessMissing => new("process.missing");
    public static ErrorCode ProcessCwd => new("process.cwd");
    public static ErrorCode ProcessCwdOutside => new("process.cwd-outside");
    public static ErrorCode ProcessCredentials => new("process.credentials");
    public static ErrorCode ProcessScheduling => new("process.scheduling");
    public static ErrorCode ProcessLimit => new("process.limit-refused");
    public static ErrorCode ProcessSysctl => new("process.sysctl");
    public static ErrorCode ProcessOomScore => new("process.oom-score");
    public static ErrorCode ProcessLabel => new("process.label");
    public static ErrorCode ProcessPersonality => new("process.personality");
    public static ErrorCode ProcessMemoryPolicy => new("process.memory-policy");
    public static ErrorCode ProcessSignal => new("process.not-signalled");
    public static ErrorCode ProcessHeld => new("process.held");
    public static ErrorCode ProcessKilled => new("process.killed");
    public static ErrorCode ProcessOutOfMemory => new("process.out-of-memory");
    public static ErrorCode ProcessEnded => new("process.ended-early");
    public static ErrorCode ProcessReport => new("process.forged-report");
    public static ErrorCode StreamRefused => new("stream.refused");
    public static ErrorCode TerminalMissing => new("terminal.missing");
    public static ErrorCode TerminalAllocate => new("terminal.not-allocated");
    public static ErrorCode TerminalSocket => new("terminal.console-socket");
    public static ErrorCode SocketPidfd => new("socket.pidfd");
    public static ErrorCode SocketNotify => new("socket.notify");

    // seccomp, hooks, network, RDT
    public static ErrorCode SeccompProfile => new("seccomp.profile");
    public static ErrorCode SeccompLoad => new("seccomp.not-loaded");
    public static ErrorCode SeccompRuntimeCall => new("seccomp.runtime-call-refused");
    public static ErrorCode SeccompListener => new("seccomp.listener");
    public static ErrorCode HookMissing => new("hook.missing");
    public static ErrorCode HookFailed => new("hook.failed");
    public static ErrorCode HookTimeout => new("hook.timeout");
    public static ErrorCode HelperFailed => new("helper.failed");
    public static ErrorCode NetworkLoopback => new("network.loopback");
    public static ErrorCode NetworkDeviceMissing => new("network.device-missing");
    public static ErrorCode NetworkDeviceRefused => new("network.device-refused");
    public static ErrorCode RdtNotMounted => new("rdt.not-mounted");
    public static ErrorCode RdtRefused => new("rdt.refused");

    // checkpoint and restore
    public static ErrorCode CriuMissing => new("criu.missing");
    public static ErrorCode CriuTooOld => new("criu.features");
    public static ErrorCode CriuFailed => new("criu.failed");
    public static ErrorCode CriuNeedsRoot => new("criu.needs-root");
    public static ErrorCode CheckpointState => new("checkpoint.wrong-state");
    public static ErrorCode CheckpointDirectory => new("checkpoint.directory");
    public static ErrorCode CheckpointDamaged => new("checkpoint.image");
    public static ErrorCode CheckpointNamespace => new("checkpoint.namespace-by-path");
    public static ErrorCode CheckpointWeaker => new("checkpoint.weaker");

    /// <summary>The code of a call that failed for a reason that lies in the host, whatever it was made for; null: for another.</summary>
    public static ErrorCode? OfHost(SysException e) => (e.Call, e.Errno) switch
    {
        (_, ENOSPC or EDQUOT) when !IsLimit(e.Call) => HostNoSpace,
        (_, EMFILE or ENFILE) => HostOpenFiles,
        ("clone3" or "clone", EAGAIN) => HostProcesses,
        ("clone3" or "openat2", EPERM) => HostCallForbidden,
        (_, ENOSYS) => HostCallForbidden,
        _ => null,
    };

    /// <summary>Of these calls ENOSPC means that a limit on namespaces or mounts is reached, or a value that is refused.</summary>
    private static bool IsLimit(string call) => call is "unshare" or "clone" or "clone3" or "setns" or "write" or "keyctl" or "add_key"
        or "move_mount" or "open_tree" or "fsmount";

    /// <summary>The code of any failure.</summary>
    public static ErrorCode Of(Exception e) => e switch
    {
        ContainerException failure => failure.Code,
        SysException refused => OfHost(refused) ?? HostCallFailed,
        _ => Internal,
    };

    public override string ToString() => Text;
}
