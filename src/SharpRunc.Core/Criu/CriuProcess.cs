using System;
using SharpRunc.Core.LastMile;
using SharpRunc.Core.Messages;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Criu;

/// <summary>How criu is started.</summary>
internal sealed class CriuSpawn
{
    /// <summary>A cgroup v2 directory that it is born in.</summary>
    public Fd? Cgroup { get; init; }

    /// <summary>The <c>tasks</c> files of v1 cgroups that it joins.</summary>
    public Fd[] Tasks { get; init; } = [];

    /// <summary>The images' directory as its mount namespace has it; it is descriptor <see cref="CriuProcess.Images"/>.</summary>
    public required Func<Fd> OpenImages { get; init; }

    /// <summary>The same for its log: <see cref="CriuProcess.Work"/>.</summary>
    public required Func<Fd> OpenWork { get; init; }

    /// <summary>It has these from descriptor <see cref="CriuProcess.FirstPassed"/> on.</summary>
    public Fd[] Passed { get; init; } = [];

    /// <summary>Done in a mount namespace of its own, a slave of ours, before it becomes criu; null: in our namespace.</summary>
    public Action? InPrivateMounts { get; init; }

    /// <summary>Done last: what the processes that it makes have of it.</summary>
    public Action? Settle { get; init; }
}

/// <summary>
/// <c>criu swrk</c>: criu that takes requests from one socket and ends with it. It is a clone of ours that first goes where criu
/// must be: what it may not do (join, mount) fails with our words and not with criu's.
/// </summary>
internal sealed class CriuProcess : IDisposable
{
    private const int SocketNumber = 3;
    internal const int Images = 4, Work = 5, FirstPassed = 6;

    /// <summary>Clear of the numbers that are given out.</summary>
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

    /// <summary>criu takes the end of the socket as the end of its work, undoes what is half done, and leaves.</summary>
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
            Become(program, how, output, child);
        Sys.SigProcMask(SIG_SETMASK, mask);
        report.Dispose();
        Message first = started.Receive(out Fd[] sockets);
        CriuProcess criu = new(pid, PidFd.Own(pidFd!), first == Message.Criu ? sockets[0] : news, output);
        // The end of this socket behind it is the news that execve succeeded.
        if (first == Message.Criu && (first = started.Receive(out Fd[] _)) == Message.None)
            return criu;
        using (criu)
            throw first == Message.Error ? started.ReadError() : criu.Died();
    }

    /// <summary>Waits for its end; whatever it has printed is in the error.</summary>
    public ContainerException Died()
    {
        int status = Wait();
        Span<byte> tail = stackalloc byte[512];
        Sys.Seek(output, 0);
        string said = KernelText.Decode(tail[..Sys.Read(output, tail)]).Trim();
        string how = status == 0 ? "left without an answer" : status < 128 ? $"ended with status {status}" : $"was killed by {Signals.Describe(status - 128)}";
        return new($"criu {how}{(said.Length > 0 ? ": " + said.Replace('\n', ' ') : "")}");
    }

    /// <summary>Its exit status, or 128 + signal; 0 when that was asked before.</summary>
    private int Wait()
    {
        if (ended)
            return 0;
        ended = true;
        siginfo_t info = Sys.TryWaitId(P_PID, Pid, WEXITED);
        return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    }

    /// <summary>In the clone. Never returns.</summary>
    private static unsafe void Become(string program, CriuSpawn how, Fd output, Channel report)
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
            // criu mounts below these: they must be of its namespace. And it looks for them in whoever has made the socket.
            Fd work = how.OpenWork(), images = how.OpenImages(); // which may be mounted over the same directory
            how.Settle?.Invoke();
            (Fd theirs, Fd own) = Sys.SocketPair();
            report.Send(Message.Criu, [], [theirs]);
            theirs.Dispose();
            // Now, since .NET may have a descriptor of its own where one of criu's goes: for random numbers, which a hash begins with.
            byte** argv = Native.Strings([program, "swrk", SocketNumber.ToString()]), envp = Native.Strings(ProcessStrings.Environment());
            // First out of the way of each other, then to their places.
            Fd[] passed = [own, images, work, .. how.Passed];
            for (int i = 0; i < passed.Length; i++)
                passed[i] = Fd.Own(Sys.Fcntl(passed[i], F_DUPFD_CLOEXEC, FirstOwn));
            for (int i = 0; i < passed.Length; i++)
                Sys.Dup2(passed[i], SocketNumber + i);
            Sys.Dup2(output, 1);
            Sys.Dup2(output, 2);
            Mile.ResetSignals();
            Sys.SigProcMask(SIG_SETMASK, 0);
            Sys.Execve(program, argv, envp);
        }
        catch (SysException e)
        {
            report.SendError(ContainerException.From(e, "cannot start criu"));
        }
        catch (ContainerException e)
        {
            report.SendError(e);
        }
        catch (Exception e)
        {
            report.SendError(new ContainerException("cannot start criu: " + e.Message, e));
        }
        Sys.ExitGroup(127);
    }
}
