using System;
using System.Buffers.Text;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The fields of /proc/PID/stat (proc(5)) that tell whether a process is still the expected one.</summary>
internal readonly struct ProcessStat
{
    private const ulong PF_EXITING = 4, PF_FORKNOEXEC = 0x40; // include/linux/sched.h, not part of the kernel's user-space headers

    private readonly ulong flags;

    private ProcessStat(char state, int parent, ulong flags, ulong startTime)
    {
        State = state;
        Parent = parent;
        this.flags = flags;
        StartTime = startTime;
    }

    /// <summary>Field 3: R S D T t Z X I.</summary>
    public char State { get; }

    /// <summary>Field 4: the parent's pid.</summary>
    public int Parent { get; }

    /// <summary>Field 22: clock ticks since boot.</summary>
    public ulong StartTime { get; }

    /// <summary>
    /// Neither a zombie nor dead: its first thread runs. Once that has ended, a pidfd tells whether the others run
    /// (<see cref="PidFd.TryOpen(int, ulong)"/>).
    /// </summary>
    public bool IsAlive => State is not ('Z' or 'X' or 'x');

    /// <summary>Whether it has stopped running its program; /proc/PID/cgroup may show "/" for it (cgroups(7), v1).</summary>
    public bool IsExiting => !IsAlive || (flags & PF_EXITING) != 0;

    /// <summary>Whether it has executed another program since it was forked.</summary>
    public bool HasExecuted => (flags & PF_FORKNOEXEC) == 0;

    /// <summary>False if there is no such process.</summary>
    public static bool TryRead(int pid, out ProcessStat stat)
    {
        stat = default;
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, Path(pid), O_RDONLY, out SysError error);
        if (file is null)
            return error.Errno is ENOENT or ESRCH ? false : throw error.ToException();
        Span<byte> line = stackalloc byte[512];
        int length = Sys.TryRead(file, line);
        return length > 0 && TryParse(line[..length], out stat);
    }

    private static string Path(int pid) => string.Concat("/proc/", pid.ToString(), "/stat");

    /// <summary>
    /// The name in field 2 may contain spaces and parentheses: the following fields are counted from its last closing parenthesis.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out ProcessStat stat)
    {
        stat = default;
        int afterName = line.LastIndexOf((byte)')') + 2;
        if (afterName < 2 || afterName >= line.Length)
            return false;
        char state = (char)line[afterName];
        int parent = 0;
        ulong flags = 0;
        for (int field = 3, at = afterName; field <= 22; field++)
        {
            ReadOnlySpan<byte> rest = line[at..];
            if (field == 4 && !Utf8Parser.TryParse(rest, out parent, out _))
                return false;
            if (field == 9 && !Utf8Parser.TryParse(rest, out flags, out _))
                return false;
            if (field == 22)
            {
                if (!Utf8Parser.TryParse(rest, out ulong start, out _))
                    return false;
                stat = new ProcessStat(state, parent, flags, start);
                return true;
            }
            int space = rest.IndexOf((byte)' ');
            if (space < 0)
                return false;
            at += space + 1;
        }
        return false;
    }
}

/// <summary>Numbers in /proc/PID/status (proc_pid_status(5)).</summary>
internal static class ProcessStatus
{
    /// <summary>More than there is before the list of groups, which may have 65,536. A name's line ends are escaped.</summary>
    private const int Beginning = 1024;

    /// <param name="task">The number of a process or a thread.</param>
    /// <param name="key">As it stands there, from the line end before it to the number: <c>"\nTgid:\t"u8</c>.</param>
    /// <returns>null: there is no such process any more.</returns>
    public static int? TryRead(string task, ReadOnlySpan<byte> key)
    {
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, $"/proc/{task}/status", O_RDONLY, out SysError error);
        if (file is null)
            return error.Errno is ENOENT or ESRCH ? null : throw error.ToException();
        Span<byte> text = stackalloc byte[Beginning];
        int length = Sys.TryRead(file, text), at = length < 0 ? -1 : text[..length].IndexOf(key);
        return at >= 0 && Utf8Parser.TryParse(text[(at + key.Length)..length], out int number, out _) ? number : null;
    }
}
