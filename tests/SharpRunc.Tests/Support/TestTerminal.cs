using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Support;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A terminal as a user sits at it: programs are started on its slave, and what they show is read at its master.</summary>
internal sealed class TestTerminal : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Fd master;
    private readonly Fd? slave;
    private readonly StringBuilder seen = new();
    private readonly Decoder decoder = Encoding.UTF8.GetDecoder();

    /// <summary>One of the host's own.</summary>
    public TestTerminal(ushort rows = 30, ushort columns = 90)
    {
        master = Sys.OpenAt(Fd.Cwd, "/dev/ptmx", O_RDWR | O_NOCTTY);
        Sys.UnlockPty(master);
        slave = Sys.OpenPtyPeer(master);
        SlavePath = $"/dev/pts/{Sys.PtyNumber(master)}";
        Resize(rows, columns);
    }

    /// <summary>A container's, whose master was sent to us.</summary>
    public TestTerminal(Fd master) => this.master = master;

    public string SlavePath { get; } = "";

    /// <summary>What was shown since the last <see cref="ReadUntil"/>, without carriage returns.</summary>
    public string Seen => seen.ToString().Replace("\r", "", StringComparison.Ordinal);

    public termios Modes => Sys.TryGetModes(master, out termios modes) ? modes : throw new AssertionException("the terminal is gone");

    /// <summary>As a line: what a shell would compare.</summary>
    public unsafe string ModesText
    {
        get
        {
            termios m = Modes;
            return $"{m.c_iflag:x}:{m.c_oflag:x}:{m.c_cflag:x}:{m.c_lflag:x}:{Convert.ToHexString(new ReadOnlySpan<byte>(m.c_cc, 19))}";
        }
    }

    public bool IsRaw => (Modes.c_lflag & (ECHO | ICANON | ISIG)) == 0;

    public void Resize(ushort rows, ushort columns) => Sys.TrySetWindowSize(master, new() { ws_row = rows, ws_col = columns });

    public void Type(string text) => Sys.Write(master, Encoding.UTF8.GetBytes(text));

    /// <summary>It becomes the controlling terminal of the program, and all of its standard streams.</summary>
    public Child Start(IReadOnlyList<string> command, IReadOnlyList<string>? environment = null)
        => Child.Start(command, SlavePath, SlavePath, environment: environment, input: SlavePath, leadsSession: true);

    /// <summary>Runs a program to its end, with all that it shows.</summary>
    public Result Run(IReadOnlyList<string> command)
    {
        Child child = Start(command);
        while (!IsZombie(child.Pid))
            Read(10);
        int exit = child.Wait();
        ReadRest();
        string output = Seen;
        seen.Clear();
        return new Result(string.Join(' ', command), exit, output, output);
    }

    /// <summary>What was shown up to and with that text.</summary>
    public string ReadUntil(string text)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            string all = Seen;
            int at = all.IndexOf(text, StringComparison.Ordinal);
            if (at >= 0)
            {
                seen.Clear().Append(all[(at + text.Length)..]);
                return all[..(at + text.Length)];
            }
            if (Stopwatch.GetElapsedTime(started) > Patience)
                throw new AssertionException($"\"{text}\" was not shown, but: {all}");
            if (!Read(100))
                throw new AssertionException($"\"{text}\" was not shown before the end, but: {all}");
        }
    }

    /// <summary>Reads on until it has ended, and forgets what it showed; false when it has not, after long.</summary>
    public bool WaitsFor(Child child)
    {
        long started = Stopwatch.GetTimestamp();
        while (!IsZombie(child.Pid))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
                return false;
            Read(10);
            seen.Clear();
        }
        return true;
    }

    /// <summary>Whether it has ended; its exit status is then known.</summary>
    public static bool TryWait(Child child)
    {
        if (!IsZombie(child.Pid))
            return false;
        child.Wait();
        return true;
    }

    /// <summary>What is there, carriage returns and all.</summary>
    public string ReadRaw()
    {
        ReadRest();
        string all = seen.ToString();
        seen.Clear();
        return all;
    }

    /// <summary>What is there, until nobody has the other end open or nothing more comes.</summary>
    public void ReadRest()
    {
        while (Sys.Poll([new pollfd { fd = master.Number, events = POLLIN }], 0) > 0 && Read(0)) { }
    }

    public void Dispose()
    {
        slave?.Dispose();
        master.Dispose();
    }

    /// <summary>False when nobody has the other end open any more.</summary>
    private bool Read(int milliseconds)
    {
        if (Sys.Poll([new pollfd { fd = master.Number, events = POLLIN }], milliseconds) == 0)
            return true;
        Span<byte> buffer = stackalloc byte[4096];
        int got = Sys.TryRead(master, buffer);
        if (got <= 0)
            return got == -EAGAIN;
        char[] chars = new char[got + 4];
        seen.Append(chars, 0, decoder.GetChars(buffer[..got], chars, false));
        return true;
    }

    private static bool IsZombie(int pid) => !ProcessStat.TryRead(pid, out ProcessStat stat) || !stat.IsAlive;
}
