using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace SharpRunc.Conformance;

/// <summary>Containers' processes: when the runtime has ended they are this process's children, as it is their subreaper.</summary>
internal static unsafe class Processes
{
    private const int NoHang = 1, NoSuchChild = 10;

    /// <summary>The wait status of a container's process; null when it was nobody's to reap but is gone.</summary>
    /// <exception cref="TimeoutException">It lives.</exception>
    public static int? WaitFor(int pid)
    {
        for (long started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20); Thread.Sleep(2))
        {
            int status;
            int got = waitpid(pid, &status, NoHang);
            if (got == pid)
                return status;
            if (got < 0 && Marshal.GetLastSystemError() == NoSuchChild && !Lives(pid))
                return null;
        }
        throw new TimeoutException($"the container's process {pid} does not end within 20 s");
    }

    /// <summary>A zombie does not.</summary>
    public static bool Lives(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Takes the status of what was killed.</summary>
    public static void Bury(int pid)
    {
        for (int i = 0; i < 100 && waitpid(pid, null, NoHang) == 0; i++)
            Thread.Sleep(2);
    }

    /// <summary>Buries orphans that nobody waits for any more.</summary>
    public static void Reap()
    {
        foreach (string directory in Directory.GetDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && IsOurZombie(pid))
                _ = waitpid(pid, null, NoHang);
    }

    public static List<int> In(string cgroup)
    {
        List<int> pids = [];
        try
        {
            foreach (string line in File.ReadAllLines(Path.Combine(cgroup, "cgroup.procs")))
                if (int.Parse(line, CultureInfo.InvariantCulture) is > 0 and int pid)
                    pids.Add(pid);
        }
        catch (IOException)
        {
            // It went away meanwhile.
        }
        return pids;
    }

    public static void Kill(int pid, int signal) => _ = kill(pid, signal);

    public static void RemoveDirectory(string path) => _ = rmdir(path);

    public static int MakeFifo(string path) => mkfifo(path, 0x1B6);

    public static void Link(string from, string to)
    {
        if (link(from, to) != 0)
            File.Copy(from, to);
    }

    public static void Write(string file, string value)
    {
        try
        {
            File.WriteAllText(file, value);
        }
        catch (IOException)
        {
            // The kernel refuses it, as it may.
        }
    }

    private static bool IsOurZombie(int pid)
    {
        try
        {
            string[] fields = File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ');
            return fields[0] == "Z" && fields[1] == Environment.ProcessId.ToString(CultureInfo.InvariantCulture) && !IsCall(pid);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Another job's runtime call that has just ended: its own wait takes it.</summary>
    private static bool IsCall(int pid) => !File.ReadAllText($"/proc/{pid}/cgroup").Contains("conformance-", StringComparison.Ordinal);

    [DllImport("libc")]
    private static extern int waitpid(int pid, int* status, int options);

    [DllImport("libc")]
    private static extern int kill(int pid, int signal);

    [DllImport("libc")]
    private static extern int rmdir([MarshalAs(UnmanagedType.LPUTF8Str)] string path);

    [DllImport("libc")]
    private static extern int mkfifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    [DllImport("libc")]
    private static extern int link([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);
}
