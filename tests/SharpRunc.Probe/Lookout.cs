using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using SharpRunc.Linux;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Any runtime; before the calls of the processes that it makes, up to the execve of each, an <see cref="Observer"/> in a container looks
/// around. What it finds is a line: the call's number, the process, the system call, what was found; the last one tells how often it looked
/// and how often somebody was there to see.
/// </summary>
internal static class Lookout
{
    // Between these nothing of a process changes; and the listener must come out.
    private static readonly nint[] Unwatched = [SYS_sendmsg, SYS_close, SYS_exit_group, SYS_rt_sigaction, SYS_mmap, SYS_munmap,
        SYS_mprotect, SYS_brk, 202 /* futex */, 60 /* exit */, 15 /* rt_sigreturn */];

    private const int Patience = 500;

    private static readonly Dictionary<uint, bool> Children = [];
    private static readonly HashSet<uint> Done = [];

    /// <param name="every">Only before each so many-th call.</param>
    /// <param name="old">As before Linux 6.17: procfs knows no pidns.</param>
    /// <returns>The program's exit status.</returns>
    public static int Run(int every, string orders, string answers, bool old, string[] command)
    {
        Fd ordered = Sys.OpenAt(Fd.Cwd, orders, O_RDWR), answered = Sys.OpenAt(Fd.Cwd, answers, O_RDWR);
        (int pid, Fd listener, Fd process) = Supervisor.Start(Filter(), command,
            ["HOST_SECRET=" + Environment.GetEnvironmentVariable("HOST_SECRET")]);
        Span<pollfd> wait = [new pollfd { fd = listener.Number, events = POLLIN }, new pollfd { fd = process.Number, events = POLLIN }];
        int calls = 0, looks = 0, seen = 0;
        // Whom the program leaves behind is answered until it asks nothing for a while.
        for (int patience = -1; Sys.Poll(wait, patience) > 0;)
        {
            if (wait[1].revents != 0 && patience < 0)
                (patience, wait[1].fd) = (Patience, -1);
            if ((wait[0].revents & POLLIN) == 0)
            {
                if (wait[0].revents != 0)
                    break; // nobody is left
                continue;
            }
            Notification.Request request = default;
            if (Sys.TryIoctl(listener, unchecked((nint)Notification.Receive), ref request, "notification").Failed)
                continue;
            if (IsChild(request.Pid, pid) && !Done.Contains(request.Pid) && calls++ % every == 0)
            {
                looks++;
                string answer = Ask(ordered, answered);
                int space = answer.IndexOf(' ');
                if (answer[..space] != "0")
                    seen++;
                if (answer.Length > space + 1)
                    Say($"{calls} {request.Pid} {request.Number}: {answer[(space + 1)..]}");
            }
            if (request.Number == SYS_execve)
                Done.Add(request.Pid);
            bool refused = old && request.Number == SYS_fsconfig && request.B == FSCONFIG_SET_FD;
            Notification.Answer go = new() { Id = request.Id, Flags = refused ? 0 : Notification.Continue, Error = refused ? -EINVAL : 0 };
            Sys.TryIoctl(listener, unchecked((nint)Notification.Send), ref go, "notification");
        }
        Say($"looked {looks} times, saw somebody {seen} times, of {calls} calls");
        siginfo_t info = Sys.TryWaitId(P_PID, pid, WEXITED);
        return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    }

    private static string Ask(Fd ordered, Fd answered)
    {
        Sys.Write(ordered, "?"u8);
        byte[] buffer = new byte[4096];
        int length = Sys.Read(answered, buffer);
        return Encoding.UTF8.GetString(buffer, 0, length - 1);
    }

    /// <summary>No thread of the runtime's own.</summary>
    private static bool IsChild(uint thread, int runtime)
    {
        if (!Children.TryGetValue(thread, out bool isChild))
            Children[thread] = isChild = Group(thread) != runtime;
        return isChild;
    }

    private static int Group(uint thread)
    {
        foreach (string line in Sys.ReadText(Fd.Cwd, $"/proc/{thread}/status").Split('\n'))
            if (line.StartsWith("Tgid:", StringComparison.Ordinal))
                return int.Parse(line[5..], NumberStyles.Integer, CultureInfo.InvariantCulture);
        return 0;
    }

    private static Instruction[] Filter()
    {
        Assembler assembler = new();
        Assembler.Label allow = assembler.Return(SECCOMP_RET_ALLOW), next = assembler.Return(SECCOMP_RET_USER_NOTIF);
        foreach (nint call in Unwatched)
            next = assembler.Branch(BPF_JEQ, (uint)call, allow, next);
        return assembler.ToProgram(assembler.Load(0, next));
    }

    private static void Say(string line) => Sys.TryWrite(Fd.Own(1), Encoding.UTF8.GetBytes(line + "\n"));
}
