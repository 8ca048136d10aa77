using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace SharpRunc.Tests.Support;

/// <summary>
/// A process started by posix_spawn(3): no fork of this many-threaded host, no pipe that a container's init would keep open,
/// and cheap enough to time. Standard streams are files.
/// </summary>
internal sealed unsafe class Child
{
    private Child(int pid) => Pid = pid;

    public int Pid { get; }

    /// <summary>Exit status, or 128 + signal as a shell says it; null while it runs.</summary>
    public int? ExitCode { get; private set; }

    /// <param name="command">An absolute path and its arguments.</param>
    /// <param name="output">Path of a file that is made anew for stdout; null: /dev/null.</param>
    /// <param name="errors">The same for stderr.</param>
    /// <param name="environment">NAME=value; null: ours.</param>
    /// <param name="leadsSession">Of its own: the terminal that it opens first, its input, becomes its controlling one.</param>
    public static Child Start(IReadOnlyList<string> command, string? output = null, string? errors = null, string? directory = null,
        IReadOnlyList<string>? environment = null, string? input = null, bool leadsSession = false)
    {
        using NativeStrings argv = new(command);
        using NativeStrings envp = new(environment ?? Inherited);
        byte* actions = stackalloc byte[ActionsSize], attributes = stackalloc byte[AttributesSize];
        posix_spawnattr_init(attributes);
        posix_spawnattr_setflags(attributes, (short)(leadsSession ? SetSession : 0));
        posix_spawn_file_actions_init(actions);
        Redirect(actions, 0, input ?? "/dev/null", OpenRead);
        Redirect(actions, 1, output ?? "/dev/null", OpenWrite);
        if (errors is not null && errors == output)
            posix_spawn_file_actions_adddup2(actions, 1, 2);
        else
            Redirect(actions, 2, errors ?? "/dev/null", OpenWrite);
        if (directory is not null)
            fixed (byte* d = Native(directory))
                posix_spawn_file_actions_addchdir_np(actions, d);
        int pid, error = posix_spawn(&pid, argv[0], actions, attributes, argv.Pointer, envp.Pointer);
        posix_spawn_file_actions_destroy(actions);
        return error == 0 ? new Child(pid) : throw new Win32Exception(error, $"posix_spawn {command[0]}");
    }

    /// <summary>Blocks until it has ended.</summary>
    public int Wait()
    {
        int status;
        while (waitpid(Pid, &status, 0) == -1 && Marshal.GetLastSystemError() == Interrupted) { }
        return Ended(status);
    }

    /// <summary>Waits that long, then kills it and throws: no test may hang.</summary>
    public int Wait(TimeSpan limit)
    {
        long started = Stopwatch.GetTimestamp();
        for (int pause = 0; ; pause = Math.Min(pause + 1, 10))
        {
            int status, got = waitpid(Pid, &status, NoHang);
            if (got == Pid)
                return Ended(status);
            if (Stopwatch.GetElapsedTime(started) > limit)
            {
                Kill(9);
                Wait();
                throw new TimeoutException($"process {Pid} did not end within {limit.TotalSeconds:0} s");
            }
            if (pause == 0)
                Thread.Yield();
            else
                Thread.Sleep(pause);
        }
    }

    public void Kill(int signal)
    {
        if (ExitCode is null)
            kill(Pid, signal);
    }

    /// <summary>Makes this process the parent of whatever its descendants leave behind: PID 1 may not reap.</summary>
    public static void BecomeSubreaper() => prctl(SetChildSubreaper, 1, 0, 0, 0);

    /// <summary>Waits for an orphan that became ours, a container's init for instance. False if it is none of ours.</summary>
    public static bool Reap(int pid)
    {
        int status;
        return waitpid(pid, &status, 0) == pid;
    }

    private int Ended(int status)
    {
        ExitCode = (status & 0x7f) == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f);
        return ExitCode.Value;
    }

    private static void Redirect(byte* actions, int fd, string path, int flags)
    {
        fixed (byte* p = Native(path))
            posix_spawn_file_actions_addopen(actions, fd, p, flags, 0x1A4);
    }

    private static byte[] Native(string text) => Encoding.UTF8.GetBytes(text + "\0");

    private static List<string> Inherited
    {
        get
        {
            List<string> list = [];
            // An engine has none of the test host's own settings; the runtime starts a second time where it finds one.
            foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
                if (!entry.Key.ToString()!.StartsWith("DOTNET_", StringComparison.Ordinal))
                    list.Add($"{entry.Key}={entry.Value}");
            return list;
        }
    }

    private sealed class NativeStrings : IDisposable
    {
        private readonly int count;

        public NativeStrings(IReadOnlyList<string> strings)
        {
            count = strings.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)count + 1, (nuint)sizeof(byte*));
            for (int i = 0; i < count; i++)
                Pointer[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        }

        public byte** Pointer { get; }

        public byte* this[int index] => Pointer[index];

        public void Dispose()
        {
            for (int i = 0; i < count; i++)
                Marshal.FreeCoTaskMem((nint)Pointer[i]);
            NativeMemory.Free(Pointer);
        }
    }

    /// <summary>glibc's posix_spawn_file_actions_t is 80 bytes.</summary>
    private const int ActionsSize = 128;

    /// <summary>And its posix_spawnattr_t 336.</summary>
    private const int AttributesSize = 512, SetSession = 0x80;

    private const int OpenRead = 0, OpenWrite = 0x241, NoHang = 1, Interrupted = 4, SetChildSubreaper = 36;

    [DllImport("libc")]
    private static extern int posix_spawn(int* pid, byte* path, byte* actions, void* attributes, byte** argv, byte** envp);

    [DllImport("libc")]
    private static extern int posix_spawnattr_init(byte* attributes);

    [DllImport("libc")]
    private static extern int posix_spawnattr_setflags(byte* attributes, short flags);

    [DllImport("libc")]
    private static extern int posix_spawn_file_actions_init(byte* actions);

    [DllImport("libc")]
    private static extern int posix_spawn_file_actions_destroy(byte* actions);

    [DllImport("libc")]
    private static extern int posix_spawn_file_actions_addopen(byte* actions, int fd, byte* path, int flags, uint mode);

    [DllImport("libc")]
    private static extern int posix_spawn_file_actions_adddup2(byte* actions, int fd, int newFd);

    [DllImport("libc")]
    private static extern int posix_spawn_file_actions_addchdir_np(byte* actions, byte* path);

    [DllImport("libc")]
    private static extern int waitpid(int pid, int* status, int options);

    [DllImport("libc")]
    private static extern int kill(int pid, int signal);

    [DllImport("libc")]
    private static extern int prctl(int option, nint a, nint b, nint c, nint d);
}
