using System;
using System.Runtime.InteropServices;
using SharpRunc.Linux;

namespace SharpRunc.Core.Security;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// CVE-2019-5736: a container that can open /proc/PID/exe of its runtime for writing controls the host. So the runtime runs from a
/// read-only mount or from a sealed copy, and otherwise starts again from one. A binary that the administrator has bound read-only over
/// itself is sealed at no cost.
/// </summary>
internal static unsafe class Seal
{
    private const string Self = "/proc/self/exe";
    private static int AllSeals => F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

    /// <summary>Returns if this process is sealed. Otherwise moves it or starts it again, sealed, or throws.</summary>
    public static void Ensure()
    {
        if (IsSealed())
        {
            ErasePlace(Sys.ReadLinkAt(Fd.Cwd, Self));
            Steps.Log($"binary: runs from a read-only mount or a sealed copy");
            return;
        }
        if (MovedToReadOnly())
        {
            Steps.Log($"binary: moved to a read-only clone of its mount, in this process");
            return;
        }
        Steps.Log($"binary: started again from a read-only clone of its mount, or a sealed copy");
        byte** argv = Pointers(Block("/proc/self/cmdline"));
        byte** envp = Pointers(Block("/proc/self/environ"));

        SysError error;
        using (Tree? tree = ReadOnlyClone(out error))
            if (tree is not null)
                error = Sys.TryExecveAt(tree.Fd, argv, envp);
        if (error.Errno is not (EPERM or ENOSYS or EINVAL))
            throw Refused(error);
        using Fd copy = SealedCopy();
        throw Refused(Sys.TryExecveAt(copy, argv, envp));
    }

    /// <summary>Erases the directory of our binary, which the C library has read: a process inside would still have it in memory.</summary>
    public static void ErasePlace(string binary)
    {
        int length = Math.Max(binary.LastIndexOf('/'), 0);
        Sys.EraseBesideControlBlock(KernelText.Encode(binary.AsSpan(0, length)));
    }

    private static bool MovedToReadOnly()
    {
        using Tree? tree = ReadOnlyClone(out _);
        return tree is not null && InPlaceSeal.TryMoveTo(tree);
    }

    /// <summary>Whether this process needs no seal, because its binary cannot be written to.</summary>
    public static bool IsSealed()
    {
        if ((Sys.Statfs(Self).f_flags & ST_RDONLY) != 0)
            return true;
        using Fd self = Sys.OpenAt(Fd.Cwd, Self, O_RDONLY);
        int seals = Sys.TryFcntl(self, F_GET_SEALS, out SysError error);
        return !error.Failed && (seals & AllSeals) == AllSeals;
    }

    /// <summary>The same file through an unattached, read-only mount of our own: 1.1 ms including the second start.</summary>
    private static Tree? ReadOnlyClone(out SysError error)
    {
        Tree? tree = Tree.TryClone(Fd.Cwd, Self, recursive: false, out error);
        if (tree is null)
            return null;
        error = Sys.TryMountSetAttr(tree.Fd, new() { attr_set = MOUNT_ATTR_RDONLY }, 0, Self);
        if (!error.Failed)
            return tree;
        tree.Dispose();
        return null;
    }

    /// <summary>Without the privilege to mount: a sealed copy in memory that cannot be changed (3.2 ms).</summary>
    private static Fd SealedCopy()
    {
        Fd copy = Sys.MemfdCreate("sharprunc", 1 | 2 /* MFD_CLOEXEC | MFD_ALLOW_SEALING */);
        using (Fd self = Sys.OpenAt(Fd.Cwd, Self, O_RDONLY))
            Sys.SendFile(copy, self, Self);
        Sys.Fcntl(copy, F_ADD_SEALS, AllSeals);
        return copy;
    }

    /// <summary>Returns pointers to the strings of a block, as execve(2) takes them: the bytes are passed on unchanged.</summary>
    private static byte** Pointers(ReadOnlySpan<byte> block)
    {
        byte* copy = Native.Bytes(block);
        byte** pointers = (byte**)NativeMemory.Alloc((nuint)block.Count((byte)0) + 1, (nuint)sizeof(byte*));
        int count = 0;
        int at = 0;
        while (at < block.Length)
        {
            int length = block[at..].IndexOf((byte)0);
            if (length < 0)
                break;
            pointers[count] = copy + at;
            count++;
            at += length + 1;
        }
        pointers[count] = null;
        return pointers;
    }

    private static ContainerException Refused(SysError error)
        => new(ErrorCode.HostCallFailed, $"cannot seal the runtime's own binary: {error.Call} {Self}: {strerror(error.Errno)}")
        {
            Call = error.Call,
            Errno = error.Errno,
            Hint = "bind the installed binary read-only over itself (make install offers it)",
        };

    /// <summary>proc_pid_environ(5), proc_pid_cmdline(5): NUL-terminated strings as they were passed to execve.</summary>
    private static byte[] Block(string path)
    {
        using Fd file = Sys.OpenAt(Fd.Cwd, path, O_RDONLY);
        return Sys.ReadAll(file, path);
    }
}
