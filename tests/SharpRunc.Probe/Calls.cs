using System;
using System.Globalization;
using System.Text;
using System.Threading;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Raw system calls, one after the other, and what became of each. A word is [thread/|child/][i386/]NUMBER[:ARGUMENT]…, up to six arguments
/// (i386, by int 0x80: two), decimal or 0x…: made by the first thread, a second one, or a child with one thread. The answer is a line:
///   WORD = RESULT (a negative errno)     WORD is gone (the thread)     WORD killed by SIGNAL (the child)
/// </summary>
internal static unsafe class Calls
{
    private const string OfThread = "thread/", OfChild = "child/", Of32 = "i386/";

    public static int Run(string[] words)
    {
        Trap.Install();
        foreach (string word in words)
            if (word.StartsWith(OfThread, StringComparison.Ordinal))
                InThread(word, Parse(word[OfThread.Length..]));
            else if (word.StartsWith(OfChild, StringComparison.Ordinal))
                InChild(word, Parse(word[OfChild.Length..]));
            else
                Say($"{word} = {Make(Parse(word))}");
        // A thread that the kernel took is one that the language's runtime would wait for.
        Sys.ExitGroup(0);
        return 0;
    }

    private static nint Make(nint[] call)
    {
        if (call.Length == 3)
            return I386.Call((int)call[0], (int)call[1], (int)call[2]);
        nint result = syscall(call[0], call[1], call[2], call[3], call[4], call[5], call[6]);
        return result == -1 ? -errno : result;
    }

    private static void InThread(string word, nint[] call)
    {
        int id = 0;
        bool ended = false;
        new Thread(Work) { IsBackground = true }.Start();
        int self = Sys.GetPid();
        while (!Volatile.Read(ref ended))
        {
            Sys.Sleep(1);
            if (Volatile.Read(ref id) is not 0 and var thread && syscall(SYS_tgkill, self, thread) != 0 && !Volatile.Read(ref ended))
            {
                Say($"{word} is gone");
                return;
            }
        }

        void Work()
        {
            Volatile.Write(ref id, (int)syscall(SYS_gettid));
            Say($"{word} = {Make(call)}");
            Volatile.Write(ref ended, true);
        }
    }

    private static void InChild(string word, nint[] call)
    {
        int pid = Sys.Clone(0, SIGCHLD, null, out Fd? process);
        if (pid == 0)
        {
            Say($"{word} = {Make(call)}");
            Sys.ExitGroup(0);
        }
        process?.Dispose();
        siginfo_t end = Sys.WaitId(P_PID, pid, WEXITED);
        if (end.si_code != CLD_EXITED)
            Say($"{word} killed by {end.si_status}");
    }

    /// <returns>The number and six arguments, or two of a 32-bit call.</returns>
    private static nint[] Parse(string word)
    {
        bool is32 = word.StartsWith(Of32, StringComparison.Ordinal);
        nint[] call = new nint[is32 ? 3 : 7];
        string[] numbers = word[(is32 ? Of32.Length : 0)..].Split(':');
        for (int i = 0; i < numbers.Length; i++)
            call[i] = numbers[i].StartsWith("0x", StringComparison.Ordinal)
                ? (nint)ulong.Parse(numbers[i].AsSpan(2), NumberStyles.HexNumber) : nint.Parse(numbers[i]);
        return call;
    }

    private static void Say(string line) => Sys.TryWrite(Fd.Own(1), Encoding.UTF8.GetBytes(line + "\n"));
}
