using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A process of a container that looks at every other one whenever it is told to: all of /proc/PID that may tell of the host, its memory,
/// its descriptors and what can be reached through them. One line of what it found for each order, with how many it looked at in front.
/// </summary>
internal sealed class Observer
{
    private static readonly string[] Files =
    [
        "cmdline", "environ", "comm", "maps", "mountinfo", "mounts", "mountstats", "net/unix", "net/tcp", "net/route", "cgroup", "stack",
            "timers", "io", "limits",
        "oom_score_adj", "wchan", "syscall", "auxv", "attr/current", "cpuset", "numa_maps", "smaps", "stat",
    ];

    private readonly string secret;
    private readonly byte[][] markers;
    private readonly bool stops;
    private readonly ulong allowed;
    private readonly HashSet<int> known = [];

    private Observer(string[] args)
    {
        allowed = ulong.Parse(args[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture) | Capabilities(Sys.GetPid());
        stops = args[1] == "stop";
        secret = args[2];
        markers = Array.ConvertAll(args[3..], Encoding.UTF8.GetBytes);
    }

    /// <param name="args">Two FIFOs, for orders and answers; capabilities that others may have (hex); stop, or anything else; a file of the
    /// host's; what tells of the host.</param>
    public static int Run(string[] args)
    {
        Observer observer = new(args[2..]);
        Fd orders = Sys.OpenAt(Fd.Cwd, args[0], O_RDWR), answers = Sys.OpenAt(Fd.Cwd, args[1], O_RDWR);
        Span<byte> order = stackalloc byte[1];
        while (Sys.TryRead(orders, order) == 1)
            Sys.Write(answers, Encoding.UTF8.GetBytes(observer.Look()));
        return 0;
    }

    private string Look()
    {
        List<string> found = [];
        int seen = 0, self = Sys.GetPid();
        using (Fd proc = Sys.OpenAt(Fd.Cwd, "/proc", O_RDONLY | O_DIRECTORY))
            foreach (string name in Sys.ReadDirectory(proc, "/proc"))
                if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid != self)
                {
                    seen++;
                    if (known.Add(pid) && stops && !Sys.TryKill(pid, SIGSTOP).Failed)
                        Sys.TryKill(pid, SIGCONT);
                    Look(pid, found);
                }
        string text = string.Join("; ", found);
        return $"{seen} {text[..Math.Min(text.Length, 3500)]}\n";
    }

    private void Look(int pid, List<string> found)
    {
        string at = $"/proc/{pid}/";
        foreach (string file in Files)
            if (Tells(Read(at + file)))
                found.Add(at + file);
        foreach (string link in (string[])["root", "cwd", "exe"])
            if (Tells(Encoding.UTF8.GetBytes(Link(at + link))))
                found.Add(at + link + " -> " + Link(at + link));
        if (Opens($"{at}root{secret}") || Opens($"{at}root/../../../../../../..{secret}")
            || Opens($"{at}cwd/../../../../../../../..{secret}"))
            found.Add(at + "root reaches the host");
        // Who is root in a user namespace that maps nobody is root of nothing.
        if ((Capabilities(pid) & ~allowed) is not 0 and ulong more && Read(at + "uid_map").Length > 0)
            found.Add($"{at}status: capabilities {more:x}");
        LookAtDescriptors(at, found);
        LookAtMemory(at, found);
    }

    private void LookAtDescriptors(string at, List<string> found)
    {
        using Fd? directory = Sys.TryOpenAt(Fd.Cwd, at + "fd", O_RDONLY | O_DIRECTORY, out _);
        if (directory is null)
            return;
        foreach (string number in Names(directory))
        {
            string target = Link(at + "fd/" + number);
            bool isStart = target.EndsWith("/exec.fifo", StringComparison.Ordinal)
                || target.EndsWith("/exec.result", StringComparison.Ordinal);
            if (int.Parse(number, CultureInfo.InvariantCulture) > 2 && !isStart && Tells(Encoding.UTF8.GetBytes(target))
                || Opens($"{at}fd/{number}/../../../../../../../..{secret}"))
                found.Add($"{at}fd/{number} -> {target}");
        }
    }

    private void LookAtMemory(string at, List<string> found)
    {
        using Fd? memory = Sys.TryOpenAt(Fd.Cwd, at + "mem", O_RDWR, out _);
        if (memory is null)
            return;
        byte[] buffer = new byte[1 << 20];
        foreach (string line in Encoding.UTF8.GetString(Read(at + "maps")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] range = line.Split(' ')[0].Split('-');
            long end = long.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (line.Contains("[v", StringComparison.Ordinal) || range[0].Length > 12)
                continue;
            for (long from = long.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture); from < end;
            from += buffer.Length - 4096)
            {
                int got = Pread(memory, buffer, (int)Math.Min(buffer.Length, end - from), from);
                if (got > 0 && Tells(buffer.AsSpan(0, got)))
                    found.Add($"{at}mem {line}");
            }
        }
    }

    private bool Tells(ReadOnlySpan<byte> text)
    {
        foreach (byte[] marker in markers)
            if (text.IndexOf(marker) >= 0)
                return true;
        return false;
    }

    private static ulong Capabilities(int pid)
    {
        foreach (string line in Encoding.UTF8.GetString(Read($"/proc/{pid}/status")).Split('\n'))
            if (line.StartsWith("CapPrm:", StringComparison.Ordinal))
                return ulong.Parse(line[7..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return 0;
    }

    private static bool Opens(string path)
    {
        using Fd? opened = Sys.TryOpenAt(Fd.Cwd, path, O_RDONLY, out _);
        return opened is not null;
    }

    private static string Link(string path)
    {
        try
        {
            return Sys.ReadLinkAt(Fd.Cwd, path);
        }
        catch (SysException)
        {
            return "";
        }
    }

    private static byte[] Read(string path)
    {
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, path, O_RDONLY, out _);
        try
        {
            return file is null ? [] : Sys.ReadAll(file);
        }
        catch (SysException)
        {
            return [];
        }
    }

    private static List<string> Names(Fd directory)
    {
        try
        {
            return Sys.ReadDirectory(directory, "fd");
        }
        catch (SysException)
        {
            return [];
        }
    }

    private static unsafe int Pread(Fd file, byte[] buffer, int length, long offset)
    {
        fixed (byte* p = buffer)
            return (int)Sys.TryPread(file, p, length, offset);
    }
}
