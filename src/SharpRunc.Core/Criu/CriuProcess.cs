using System;
using SharpRunc.Core.LastMile;
using SharpRunc.Core.Messages;
using SharpRunc.Linux;

namespace SharpRunc.Core.Criu;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>How criu is started.</summary>
internal sealed class CriuSpawn
{
    /// <summary>The cgroup v2 directory that it is cloned into.</summary>
    public Fd? Cgroup { get; init; }

    /// <summary>The <c>tasks</c> files of the v1 cgroups that it joins.</summary>
    public Fd[] Tasks { get; init; } = [];

    /// <summary>Opens the image directory in its mount namespace; it becomes descriptor <see cref="CriuProcess.Images"/>.</summary>
    public required Func<Fd> OpenImages { get; init; }

    /// <summary>The same for the directory of its log: <see cref="CriuProcess.Work"/>.</summary>
    public required Func<Fd> OpenWork { get; init; }

    /// <summary>Passed to it from descriptor <see cref="CriuProcess.FirstPassed"/> on.</summary>
    public Fd[] Passed { get; init; } = [];

    /// <summary>
    /// Runs before the exec of criu, in a private mount namespace that is a slave of the runtime's; null: criu stays in the runtime's.
    /// </summary>
    public Action? InPrivateMounts { get; init; }

    /// <summary>Runs last: sets what the processes that criu creates inherit.</summary>
    public Action? SetInheritedAttributes { get; init; }
}

/// <summary>
/// <c>criu swrk</c>: criu that serves requests from one socket and ends with it. It is a clone of the runtime that first enters the places
/// where criu must be, so that a failure there (to join, to mount) gets the runtime's error message instead of criu's.
/// </summary>
internal sealed class CriuProcess : IDisposable
{
    private const int SocketNumber = 3;
    public const int Images = 4, Work = 5, FirstPassed = 6;

    /// <summary>Above the numbers that criu gets.</summary>
    private const int FirstOwn = 64;

    private readonly Fd socket;
    private readonly Fd output;
    private readonly PidFd process;
    private bool ended;

    private CriuProcess(int pid, PidFd process, Fd socket, Fd output)
    {
        Pid = pid;
        this.process = process;
        this.socket = socket;
        this.output = output;
    }

    public int Pid { get; }

    public Fd Socket => socket;

    /// <summary>criu takes the end of the socket as the end of its work, rolls back what is incomplete, and exits.</summary>
    public void Dispose()
    {
        socket.Dispose();
        Wait();
        process.Dispose();
        output.Dispose();
    }

    /// <exception cref="ContainerException">There is no criu, or it could not be started.</exception>
    public static CriuProcess Start(CriuSpawn how)
    {
        string program = CriuProgram.Find();
        (Fd news, Fd report) = Sys.SocketPair();
        Fd output = MemFd.Holding("criu", []);
        using Channel started = new(news), child = new(report);
        ulong mask = Sys.SigProcMask(SIG_SETMASK, ulong.MaxValue);
        int pid = Sys.Clone(how.InPrivateMounts is null ? 0 : CLONE_NEWNS, SIGCHLD, how.Cgroup, out Fd? pidFd);
        if (pid == 0)
            Execute(program, how, output, child);
        Sys.SigProcMask(SIG_SETMASK, mask);
        report.Dispose();
        using TraceStep step = Trace.Step(TraceKind.Criu, "start", program);
        Message first = started.Receive(out Fd[] sockets);
        CriuProcess criu = new(pid, PidFd.Own(pidFd!), first == Message.Criu ? sockets[0] : news, output);
        // End of file on this socket, after that message, means that execve succeeded.
        Message last = first == Message.Criu ? started.Receive(out Fd[] _) : first;
        if (first == Message.Criu && last == Message.None)
            return criu;
        using (criu)
            throw last == Message.Error ? started.ReadError() : criu.ExitError();
    }

    /// <summary>Waits for it to exit; the error includes what it has printed.</summary>
    public ContainerException ExitError()
    {
        int status = Wait();
        Span<byte> tail = stackalloc byte[512];
        Sys.Seek(output, 0);
        string said = KernelText.Decode(tail[..Sys.Read(output, tail)]).Trim();
        string how = status switch
        {
            0 => "exited without an answer",
            < 128 => $"ended with status {status}",
            _ => $"was killed by {Signals.Describe(status - 128)}",
        };
        return new(ErrorCode.CriuFailed, $"criu {how}{(said.Length > 0 ? ": " + said.Replace('\n', ' ') : "")}");
    }

    /// <summary>Its exit status, or 128 + signal; 0 if already called.</summary>
    private int Wait()
    {
        if (ended)
            return 0;
        ended = true;
        siginfo_t info = Sys.TryWaitId(P_PID, Pid, WEXITED);
        return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    }

    /// <summary>Runs in the clone. Never returns.</summary>
    private static unsafe void Execute(string program, CriuSpawn how, Fd output, Channel report)
    {
        try
        {
            foreach (Fd tasks in how.Tasks)
                Sys.Write(tasks, "0"u8, "tasks");
            if (how.InPrivateMounts is not null)
            {
                Sys.MountPropagation("/", MS_SLAVE | MS_REC);
                how.InPrivateMounts();
            }
            // criu mounts below these directories, so they must be opened in its mount namespace. It also looks for them in the process
            // that created the socket.
            Fd work = how.OpenWork(), images = how.OpenImages(); // the images may be mounted over the same directory
            how.SetInheritedAttributes?.Invoke();
            (Fd theirs, Fd own) = Sys.SocketPair();
            report.Send(Message.Criu, [], [theirs]);
            theirs.Dispose();
            // Allocated here, because .NET may open a descriptor itself (random numbers for hashing) on a number that criu needs.
            byte** argv = Native.Strings([program, "swrk", SocketNumber.ToString()]), envp = Native.Strings(ProcessStrings.Environment());
            // First move all of them out of the way, then to their final numbers.
            Fd[] passed = [own, images, work, .. how.Passed];
            for (int i = 0; i < passed.Length; i++)
                passed[i] = Fd.Own(Sys.Fcntl(passed[i], F_DUPFD_CLOEXEC, FirstOwn));
            for (int i = 0; i < passed.Length; i++)
                Sys.Dup2(passed[i], SocketNumber + i);
            Sys.Dup2(output, 1);
            Sys.Dup2(output, 2);
            LastMileRunner.ResetSignals();
            Sys.SigProcMask(SIG_SETMASK, 0);
            Sys.Execve(program, argv, envp);
        }
        catch (SysException e)
        {
            report.SendError(ContainerException.From(ErrorCode.CriuMissing, e, "cannot start criu"));
        }
        catch (ContainerException e)
        {
            report.SendError(e);
        }
        catch (Exception e)
        {
            report.SendError(new ContainerException(ErrorCode.CriuMissing, "cannot start criu: " + e.Message, e));
        }
        Sys.ExitGroup(127);
    }
}

/// <summary>Finds criu in the caller's PATH, as other runtimes do.</summary>
internal static class CriuProgram
{
    private const string Name = "criu";

    /// <summary>Returns its absolute path.</summary>
    public static string Find()
        => SearchPath.Find(Name) ?? throw new ContainerException(
            ErrorCode.CriuMissing, $"exec: \"{Name}\": executable file not found in $PATH")
        {
            Errno = ENOENT,
            Hint = "install criu 3.16 or newer in a directory of the caller's PATH",
        };
}
