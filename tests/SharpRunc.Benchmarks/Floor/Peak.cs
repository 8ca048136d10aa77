using System;
using System.Runtime.CompilerServices;
using static SharpRunc.Benchmarks.Floor.Kernel;

namespace SharpRunc.Benchmarks.Floor;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// How large a command became. The kernel counts a process's peak from its birth on, and for one made by vfork or posix_spawn that is the
/// size of whoever started it: the benchmark would measure itself. This program is small, and forks.
/// </summary>
internal static unsafe class Peak
{
    private const int RusageWords = 18, ru_maxrss = 4;

    /// <param name="result">A file for the peak resident set, KiB, of the largest of the command's process and those it waited for.</param>
    /// <param name="command">An absolute path and its arguments.</param>
    /// <returns>The command's exit status.</returns>
    public static int Run(string result, string[] command)
    {
        byte[][] words = new byte[command.Length][];
        for (int i = 0; i < words.Length; i++)
            words[i] = Path(command[i]);
        clone_args arguments = new() { exit_signal = SIGCHLD };
        nint pid = Must(syscall(SYS_clone3, (nint)(&arguments), sizeof(clone_args)), "clone3"u8);
        if (pid == 0)
            Execute(words);
        int status;
        long* usage = stackalloc long[RusageWords];
        Must(syscall(SYS_wait4, pid, (nint)(&status), 0, (nint)usage), "wait4"u8);
        Write(Open(Path(result), O_CREAT | O_TRUNC | O_WRONLY), Path(FormattableString.Invariant($"{usage[ru_maxrss]}")).AsSpan()[..^1]);
        return (status & 0x7f) == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f);
    }

    private static void Execute(byte[][] words)
    {
        // Nothing is allocated between the fork and execve: no word moves.
        byte** argv = stackalloc byte*[words.Length + 1], envp = stackalloc byte*[2];
        for (int i = 0; i < words.Length; i++)
            argv[i] = (byte*)Unsafe.AsPointer(ref words[i][0]);
        argv[words.Length] = envp[1] = null;
        fixed (byte* path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"u8)
        {
            envp[0] = path;
            Must(syscall(SYS_execve, (nint)argv[0], (nint)argv, (nint)envp), "execve"u8);
        }
    }
}
