using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// What walking a cgroup tree needs in addition to ordinary files.
internal static unsafe partial class Sys
{
    private const byte DT_DIR = 4;

    /// <summary>
    /// Names of the directories in a directory, without . and .. ; requires a file system that reports types (cgroupfs does).
    /// </summary>
    public static List<string> Subdirectories(Fd directory, string? subject = null)
    {
        using NativeNames found = new();
        ReadSubdirectories(directory, found, subject);
        List<string> names = [];
        while (!found.IsEmpty)
            names.Add(found.Pop());
        names.Reverse();
        return names;
    }

    /// <summary>As <see cref="Subdirectories"/>, for any number of them.</summary>
    public static void ReadSubdirectories(Fd directory, NativeNames names, string? subject = null)
    {
        byte* buffer = stackalloc byte[8192];
        while (true)
        {
            int length = (int)Call("getdents64", subject, SYS_getdents64, directory.Number, (nint)buffer, 8192);
            if (length == 0)
                return;
            // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name.
            for (int at = 0; at < length; at += *(ushort*)(buffer + at + 16))
            {
                if (buffer[at + 18] != DT_DIR)
                    continue;
                ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + at + 19);
                if (name is not ([(byte)'.'] or [(byte)'.', (byte)'.']))
                    names.Push(name);
            }
        }
    }

    /// <summary>kill(2): 0, or a negative errno. Only for pids listed by a frozen cgroup; elsewhere a pidfd is the safe choice.</summary>
    public static int TryKill(int pid, int signal) => (int)Try("kill", null, SYS_kill, pid, signal);

    /// <summary>
    /// An eventfd that counts the events of a v1 cgroup's file (kernel Documentation/admin-guide/cgroup-v1/memcg_test.rst); null and a
    /// negative errno if the kernel does not provide them.
    /// </summary>
    public static Fd? TryCgroupEvents(Fd cgroup, string file, out int error)
    {
        using Fd? control = TryOpenAt(cgroup, "cgroup.event_control", O_WRONLY, out error);
        using Fd? watched = control is null ? null : TryOpenAt(cgroup, file, O_RDONLY, out error);
        if (control is null || watched is null)
            return null;
        Fd events = Fd.Own(Call("eventfd2", file, SYS_eventfd2, 0, O_CLOEXEC | O_NONBLOCK));
        error = TryWrite(control, KernelText.Encode($"{events.Number} {watched.Number}"), file);
        if (error == 0)
            return events;
        events.Dispose();
        return null;
    }
}
