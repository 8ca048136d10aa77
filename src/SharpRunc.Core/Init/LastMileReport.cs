using System;
using System.Runtime.InteropServices;
using SharpRunc.Core.Hooks;
using SharpRunc.Core.LastMile;
using SharpRunc.Core.Messages;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Translates a fixed record of the last mile into an error message. Engines match on the texts of the program lookup.</summary>
internal static unsafe class LastMileReport
{
    public const string Profile = "/linux/seccomp";
    public const string CheckProfile =
        "`sharprunc seccomp check PROFILE` lists the calls that the runtime itself makes after it has loaded the filter";

    private static readonly (LastMileStage Stage, ErrorCode Code, string Operation, string? Pointer)[] Stages =
    [
        (LastMileStage.NoNewPrivileges, ErrorCode.SeccompRuntimeCall, "cannot set no_new_privs", "/process/noNewPrivileges"),
        (LastMileStage.Scheduler, ErrorCode.ProcessScheduling, "cannot set the scheduler", "/process/scheduler"),
        (LastMileStage.IoPriority, ErrorCode.ProcessScheduling, "cannot set the I/O priority", "/process/ioPriority"),
        (LastMileStage.Personality, ErrorCode.ProcessPersonality, "cannot set the personality", "/linux/personality"),
        (LastMileStage.MemoryPolicy, ErrorCode.ProcessMemoryPolicy,
            "cannot set the memory policy (one of its nodes must be online and in the container's cpuset)",
            "/linux/memoryPolicy"),
        (LastMileStage.Seccomp, ErrorCode.SeccompLoad, "cannot load the seccomp filter", "/linux/seccomp"),
        (LastMileStage.Listener, ErrorCode.SeccompListener,
            "cannot hand over the seccomp listener's descriptor (the profile must allow read and write)",
            "/linux/seccomp"),
        (LastMileStage.CloseDescriptors, ErrorCode.SeccompRuntimeCall, "cannot close descriptors", null),
        (LastMileStage.BoundingSet, ErrorCode.ProcessCredentials,
            "cannot drop a capability from the bounding set", "/process/capabilities/bounding"),
        (LastMileStage.KeepCapabilities, ErrorCode.ProcessCredentials, "cannot keep capabilities", null),
        (LastMileStage.Groups, ErrorCode.ProcessCredentials, "cannot set the additional groups", "/process/user/additionalGids"),
        (LastMileStage.Gid, ErrorCode.ProcessCredentials, "cannot set the group", "/process/user/gid"),
        (LastMileStage.Uid, ErrorCode.ProcessCredentials, "cannot set the user", "/process/user/uid"),
        (LastMileStage.Cwd, ErrorCode.ProcessCwd, "cannot enter the working directory", "/process/cwd"),
        (LastMileStage.CwdOutside, ErrorCode.ProcessCwdOutside,
            "the working directory is outside the container: possible container breakout detected", "/process/cwd"),
        (LastMileStage.Capabilities, ErrorCode.ProcessCredentials, "cannot set capabilities", "/process/capabilities"),
        (LastMileStage.Ready, ErrorCode.SeccompRuntimeCall, "cannot report to the runtime", null),
        (LastMileStage.Wait, ErrorCode.ProcessEnded, "cannot wait for start", null),
        (LastMileStage.Birth, ErrorCode.HostProcesses, "cannot clone into the PID namespace", null),
        (LastMileStage.ProcessLimit, ErrorCode.ProcessLimit, "cannot set the limit on processes", "/process/rlimits"),
        (LastMileStage.Terminal, ErrorCode.TerminalAllocate,
            "cannot make the terminal the process's controlling terminal", "/process/terminal"),
    ];

    /// <summary>The size of a record plus one byte: a longer one is invalid.</summary>
    public static int MaxBytes => sizeof(Failure) + 1;

    /// <param name="record">A <see cref="Failure"/> as it was written.</param>
    /// <param name="process">null for an init that was waiting for start: only executing the program can still fail.</param>
    /// <param name="cpus">/linux/resources/cpu/cpus.</param>
    /// <param name="cwdFlag">The flag that has set the working directory, if one has.</param>
    public static ContainerException Read(
        ReadOnlySpan<byte> record,
        string program,
        Hook[] startContainer,
        Process? process = null,
        string? cpus = null,
        string? cwdFlag = null)
    {
        if (!TryRead(record, startContainer.Length, out Failure failure))
            return new(ErrorCode.ProcessReport, "the container's process ended with a report that cannot be read");
        LastMileStage stage = (LastMileStage)failure.Stage;
        switch (stage)
        {
            case LastMileStage.ProgramMissing when !program.Contains('/'):
            case LastMileStage.ProgramRefused when !program.Contains('/') && failure.Errno == EISDIR: // a shell skips directories in PATH
                return Lookup(ErrorCode.ProgramMissing, $"exec: \"{program}\": executable file not found in $PATH", ENOENT);
            case LastMileStage.ProgramMissing:
                return Lookup(ErrorCode.ProgramMissing, $"exec: \"{program}\": stat {program}: {strerror(failure.Errno)}", failure.Errno);
            case LastMileStage.Execve:
                return Lookup(OfExecve(failure.Errno), $"exec {program}: {strerror(failure.Errno)}", failure.Errno);
            case LastMileStage.ProgramRefused:
                // A directory: Docker up to 23 and Podman look for "permission denied" and return 126; newer versions of Docker look for
                // the text of the errno.
                string alsoLookedFor = failure.Errno == EISDIR ? ": permission denied" : "";
                return Lookup(
                    ErrorCode.ProgramRefused, $"exec: \"{program}\": {strerror(failure.Errno)}{alsoLookedFor}", failure.Errno);
            case LastMileStage.Hook:
                return ForHook(failure, startContainer[failure.Index]);
        }
        if (stage == LastMileStage.Cwd && process is not null)
            return NoCwd(process.Cwd, cwdFlag, failure.Errno);
        ContainerException? named = process is null ? null : ForProcess(stage, failure.Index, failure.Errno, process, cpus);
        return named ?? For(stage, failure.Errno);
    }

    private static ContainerException ForHook(Failure failure, Hook hook)
    {
        HookOutcome outcome = new()
        {
            Errno = failure.Errno,
            Status = failure.Status,
            Milliseconds = failure.Milliseconds,
            TimedOut = failure.TimedOut,
        };
        string output = KernelText.Decode(new ReadOnlySpan<byte>(failure.Text, failure.TextLength));
        return HookRunner.Error("startContainer", failure.Index, hook.Path, outcome, output);
    }

    /// <summary>The error with the value that the kernel refused.</summary>
    private static ContainerException? ForProcess(LastMileStage stage, int index, int error, Process process, string? cpus) => stage switch
    {
        LastMileStage.Scheduler when error == EPERM && process.Scheduler is { Policy: "SCHED_DEADLINE" } && cpus is not null
            => new(
                ErrorCode.ProcessScheduling,
                "process scheduler can't be used together with AllowedCPUs: SCHED_DEADLINE needs all CPUs of its root domain")
            {
                Pointer = "/process/scheduler",
                Errno = error,
            },
        LastMileStage.Uid => ForId(stage, "setuid", "uid", process.User.Uid, error, "/process/user/uid"),
        LastMileStage.Gid => ForId(stage, "setgid", "gid", process.User.Gid, error, "/process/user/gid"),
        LastMileStage.Groups when index >= 0 && index < process.User.AdditionalGids.Length
            => ForId(stage, "setgroups", "gid", process.User.AdditionalGids[index], error, $"/process/user/additionalGids/{index}"),
        LastMileStage.BoundingSet when index >= 0 && index < CapabilityNames.All.Length
            => new(ErrorCode.ProcessCredentials, $"cannot drop {CapabilityNames.All[index]} from the bounding set: {strerror(error)}")
            {
                Pointer = "/process/capabilities/bounding",
                Errno = error,
            },
        _ => null,
    };

    private static ContainerException NoCwd(string cwd, string? flag, int error)
    {
        string origin = flag is null ? "in config.json" : $"with {flag}";
        return new(ErrorCode.ProcessCwd, $"chdir to cwd (\"{cwd}\") set {origin} failed: {strerror(error)}")
        {
            Pointer = flag is null ? "/process/cwd" : null,
            Errno = error,
        };
    }

    /// <summary>user_namespaces(7): EINVAL means that the namespace does not map the id.</summary>
    private static ContainerException ForId(LastMileStage stage, string call, string kind, uint id, int error, string pointer)
    {
        if (error != EINVAL)
            return new(ErrorCode.ProcessCredentials, $"{Operation(stage)} {id}: {strerror(error)}")
            {
                Pointer = pointer,
                Call = call,
                Errno = error,
            };
        return new(ErrorCode.NamespaceUnmapped, $"cannot {call} to unmapped {kind} {id} in user namespace")
        {
            Pointer = pointer,
            Call = call,
            Errno = error,
            Hint = $"/linux/{kind}Mappings, or the user namespace that was joined, must map it: "
                + $"/proc/self/{kind}_map in the container lists what is mapped",
        };
    }

    /// <summary>Validates the record, because a privileged process in the container can write to its source.</summary>
    private static bool TryRead(ReadOnlySpan<byte> record, int hooks, out Failure failure)
    {
        failure = default;
        if (record.Length != sizeof(Failure))
            return false;
        failure = MemoryMarshal.Read<Failure>(record);
        return failure is { Kind: (byte)Message.Failure, TextLength: >= 0 and <= Failure.TextSize }
            && (LastMileStage)failure.Stage is >= LastMileStage.NoNewPrivileges and <= LastMileStage.ProcessLimit
            && ((LastMileStage)failure.Stage != LastMileStage.Hook || failure.Index >= 0 && failure.Index < hooks);
    }

    /// <summary>The error for a process without a report: the profile allowed nothing but the exit status.</summary>
    public static ContainerException ForStatus(int status, bool isFiltered)
    {
        string message = $"the container's process ended with status {status} before its program";
        LastMileStage stage = (LastMileStage)(status - LastMileRunner.FailedStage);
        if (!isFiltered || stage is < LastMileStage.NoNewPrivileges or > LastMileStage.ProcessLimit)
            return new(ErrorCode.ProcessEnded, message);
        string operation = Operation(stage);
        return new(ErrorCode.SeccompRuntimeCall,
            $"{message}: {operation}, and the seccomp profile forbids write(2), so it could not report why")
        {
            Pointer = Profile,
            Hint = CheckProfile,
        };
    }

    /// <summary>The error for a container process that ended between create and start. Its report had no reader.</summary>
    /// <param name="status">The exit status; 0: unknown.</param>
    public static ContainerException EndedEarly(int status)
    {
        const string Text = "container process is already dead";
        LastMileStage stage = (LastMileStage)(status - LastMileRunner.FailedStage);
        bool isKnown = stage is >= LastMileStage.NoNewPrivileges and <= LastMileStage.ProcessLimit;
        return new(ErrorCode.ProcessEnded, isKnown ? $"{Text}: {Operation(stage)}" : Text);
    }

    private static string Operation(LastMileStage failed)
    {
        foreach ((LastMileStage stage, _, string operation, _) in Stages)
            if (stage == failed)
                return operation;
        return failed == LastMileStage.Hook ? "a startContainer hook failed" : "cannot execute the program";
    }

    public static ContainerException For(LastMileStage failed, int error)
    {
        foreach ((LastMileStage stage, ErrorCode code, string operation, string? pointer) in Stages)
        {
            if (stage != failed)
                continue;
            string message = stage == LastMileStage.CwdOutside ? operation : $"{operation}: {strerror(error)}";
            return new(code, message) { Pointer = pointer, Errno = error, Hint = Hint(stage, error) };
        }
        return new(ErrorCode.ProcessEnded, $"the container's init failed: {strerror(error)}") { Errno = error };
    }

    /// <summary>sched(7) uses one errno for two reasons, clone(2) for three.</summary>
    private static string? Hint(LastMileStage stage, int errno) => (stage, errno) switch
    {
        (LastMileStage.Birth, EAGAIN)
            => "the limit of processes is reached: pids.limit of the container, RLIMIT_NPROC of its user, or the system's",
        (LastMileStage.Scheduler, EPERM)
            => "real-time policies need CAP_SYS_NICE of the host; "
                + "SCHED_DEADLINE also needs all CPUs of its root domain in the process's affinity, which a cpuset takes away",
        (LastMileStage.Scheduler, EBUSY) => "the CPUs have no bandwidth left for SCHED_DEADLINE with this runtime and period",
        _ => null,
    };

    /// <summary>execve(2). ENOENT: the program was found a moment ago, so it is its interpreter that is missing.</summary>
    private static ErrorCode OfExecve(int errno) => errno switch
    {
        ENOENT => ErrorCode.ProgramInterpreter,
        ENOEXEC or EINVAL => ErrorCode.ProgramFormat,
        _ => ErrorCode.ProgramRefused,
    };

    private static ContainerException Lookup(ErrorCode code, string message, int errno)
        => new(code, "unable to start container process: " + message)
        {
            Pointer = "/process/args/0",
            Errno = errno,
            Hint = code == ErrorCode.ProgramInterpreter ? "the program is there, but not the interpreter or loader that it names"
                : code == ErrorCode.ProgramFormat ? "it is a script without a #! line, or a program for another architecture"
                : errno == EPERM ? "a seccomp profile or a security module forbids execve"
                : null,
        };
}

/// <summary>The process was killed during set-up; the cgroup knows whether memory was the reason.</summary>
internal sealed class KilledException(ErrorCode code, string message) : ContainerException(code, message)
{
    /// <param name="isFiltered">The process has a seccomp profile. SIGSYS then comes from the profile, and SIGSEGV means that the profile
    /// even forbids exiting (<see cref="LastMileRunner.Exit"/>).</param>
    public static KilledException By(int signal, bool isFiltered)
    {
        string message = $"the container's process was killed by {Signals.Describe(signal)} while it was set up";
        if (!isFiltered || signal is not (SIGSYS or SIGSEGV))
            return new(ErrorCode.ProcessKilled, message);
        string forbidden = signal == SIGSYS
            ? "a call that the runtime makes before the program"
            : "even write(2), exit_group(2) and exit(2)";
        return new(ErrorCode.SeccompRuntimeCall, $"{message}: the seccomp profile forbids {forbidden}")
        {
            Pointer = LastMileReport.Profile,
            Hint = LastMileReport.CheckProfile,
        };
    }
}
