using System;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

/// <summary>A process of a container with CAP_SYS_PTRACE and the init that waits for start.</summary>
internal static unsafe class Thief
{
    private const int Descriptors = 64;

    /// <summary>Takes copies (pidfd_getfd(2)), tells how many in the file, and keeps them.</summary>
    /// <param name="pid">0: the first one but us that still is the runtime.</param>
    /// <param name="record">In hexadecimal digits, to write where the runtime reads how a start went.</param>
    public static int Run(int pid, string file, string[] record)
    {
        while (pid == 0)
            pid = Find();
        using PidFd process = PidFd.Open(pid);
        int taken = 0;
        for (int number = 3; number < Descriptors; number++)
            try
            {
                Fd copy = process.CopyOf(number);
                taken++;
                if (record.Length > 0
                    && (File.ResolveLinkTarget($"/proc/self/fd/{copy.Number}", false)?.FullName.EndsWith("exec.result",
                        StringComparison.Ordinal) ?? false))
                    Sys.Write(copy, Convert.FromHexString(record[0]), "record");
            }
            catch (SysException)
            {
            }
        File.WriteAllText(file + ".new", taken.ToString(CultureInfo.InvariantCulture));
        File.Move(file + ".new", file);
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    private static int Find()
    {
        for (int pid = 2; pid < 50; pid++)
            if (File.Exists($"/proc/{pid}/comm") && Text($"/proc/{pid}/comm").StartsWith("sharprunc\n", StringComparison.Ordinal))
            {
                Thread.Sleep(300); // it may still be on its way
                return pid;
            }
        Thread.Sleep(5);
        return 0;
    }

    public static int Search(int pid, string[] texts)
    {
        foreach (string name in (string[])["cmdline", "environ"])
            Say(name, Encoding.UTF8.GetBytes(Text($"/proc/{pid}/{name}")), texts);
        using Fd memory = Sys.OpenAt(Fd.Cwd, $"/proc/{pid}/mem", O_RDONLY);
        byte[] buffer = new byte[1 << 20];
        int looked = 0;
        foreach (string line in Text($"/proc/{pid}/maps").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] range = line.Split(' ')[0].Split('-');
            if (line.Contains("[v", StringComparison.Ordinal) || range[0].Length > 12 || line.Split(' ')[1][0] != 'r')
                continue;
            long end = long.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            for (long from = long.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture); from < end;
            from += buffer.Length - 4096)
                fixed (byte* into = buffer)
                    if (Sys.TryPread(memory, into, (nint)Math.Min(buffer.Length, end - from), from) is > 0 and var got)
                    {
                        looked++;
                        Say($"mem {line}", buffer.AsSpan(0, (int)got), texts);
                    }
        }
        Sys.TryWrite(Fd.Own(1), looked > 0 ? "looked\n"u8 : "saw nothing\n"u8);
        return 0;
    }

    private static void Say(string where, ReadOnlySpan<byte> bytes, string[] texts)
    {
        foreach (string text in texts)
            if (bytes.IndexOf(Encoding.UTF8.GetBytes(text)) >= 0)
                Sys.TryWrite(Fd.Own(1), Encoding.UTF8.GetBytes($"{text} in {where}\n"));
    }

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
