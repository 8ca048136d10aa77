using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What a filter costs: to compile, and then on every system call.</summary>
internal static unsafe class FilterCost
{
    private const int Warm = 500, Rounds = 15, Calls = 100_000;

    private const nint Getpid = 39, Personality = 135, Mount = 165;

    private const uint Ask = 0xFFFFFFFF;

    /// <summary>Prints the first compilation of the process and the median of later ones, in microseconds.</summary>
    public static int Compile(string config)
    {
        Core.Spec.Seccomp? profile = ConfigReader.Read(File.ReadAllBytes(config)).Linux.Seccomp;
        double[] taken = new double[Warm + 1];
        for (int i = 0; i < taken.Length; i++)
        {
            long begun = Stopwatch.GetTimestamp();
            SeccompCompiler.Compile(profile);
            taken[i] = Stopwatch.GetElapsedTime(begun).TotalMicroseconds;
        }
        double first = taken[0];
        Array.Sort(taken);
        Print(FormattableString.Invariant($"{first:0} {taken[taken.Length / 2]:0}\n"));
        return 0;
    }

    /// <summary>
    /// Prints, for no filter and for each that is named, the least of fifteen averages, in nanoseconds, for getpid (which a profile always
    /// allows), personality(0xffffffff) (allowed for its argument) and mount (refused). One after the other, round by round, each time in a
    /// child of its own.
    /// </summary>
    /// <param name="programs">Files of struct sock_filter[].</param>
    public static int Run(string[] programs)
    {
        ReadOnlySpan<nint> asked = [Getpid, Personality, Mount];
        double[,][] taken = new double[programs.Length + 1, asked.Length][];
        for (int round = 0; round < Rounds; round++)
            for (int i = 0; i <= programs.Length; i++)
                for (int call = 0; call < asked.Length; call++)
                    (taken[i, call] ??= new double[Rounds])[round] = Measure(i == 0 ? [] : File.ReadAllBytes(programs[i - 1]), asked[call]);
        for (int i = 0; i <= programs.Length; i++)
        {
            StringBuilder line = new();
            for (int call = 0; call < asked.Length; call++)
            {
                Array.Sort(taken[i, call]);
                line.Append(FormattableString.Invariant($"{taken[i, call][0]:0.0} "));
            }
            Print(line.Append('\n').ToString());
        }
        return 0;
    }

    private static double Measure(byte[] instructions, nint call)
    {
        int* ends = stackalloc int[2];
        syscall(SYS_pipe2, (nint)ends, O_CLOEXEC);
        using Fd read = Fd.Own(ends[0]), write = Fd.Own(ends[1]);
        int pid = Sys.Clone(0, SIGCHLD, null, out Fd? process);
        double taken;
        if (pid == 0)
        {
            fixed (byte* first = instructions)
            {
                sock_fprog filter = new() { len = (ushort)(instructions.Length / sizeof(sock_filter)), filter = (sock_filter*)first };
                if (instructions.Length > 0
                    && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, (nint)SECCOMP_FILTER_FLAG_SPEC_ALLOW, (nint)(&filter)) != 0)
                    Sys.ExitGroup(1);
            }
            long begun = Stopwatch.GetTimestamp();
            for (int i = 0; i < Calls; i++)
                syscall(call, unchecked((nint)Ask), 0, 0, 0, 0);
            taken = Stopwatch.GetElapsedTime(begun).TotalNanoseconds / Calls;
            Sys.TryWrite(write, MemoryMarshal.AsBytes(new Span<double>(ref taken)));
            Sys.ExitGroup(0);
        }
        process!.Dispose();
        taken = double.NaN;
        write.Dispose();
        syscall(SYS_read, read.Number, (nint)(&taken), sizeof(double));
        Sys.TryWaitId(P_PID, pid, WEXITED);
        return taken;
    }

    private static void Print(string line) => Sys.TryWrite(Fd.Own(1), Encoding.ASCII.GetBytes(line));
}
