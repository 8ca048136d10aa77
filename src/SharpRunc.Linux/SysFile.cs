using System;
using System.Collections.Generic;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// Files by descriptor and name: open, read, write, create, remove.
internal static unsafe partial class Sys
{
    public static Fd OpenAt(Fd dir, string path, int flags, uint mode = 0) => Fd.Own(Checked("openat", path, OpenAtRaw(dir, path, flags, mode)));

    /// <summary>null and a negative errno if the file cannot be opened.</summary>
    public static Fd? TryOpenAt(Fd dir, string path, int flags, out int error, uint mode = 0)
    {
        nint result = OpenAtRaw(dir, path, flags, mode);
        error = result < 0 ? (int)result : 0;
        return result < 0 ? null : Fd.Own(result);
    }

    /// <summary>openat2(2) with the given RESOLVE_… flags; EAGAIN (a rename raced the walk) is retried.</summary>
    public static Fd? TryOpenAt2(Fd dir, string path, int flags, ulong resolve, out int error, uint mode = 0)
    {
        open_how how = new() { flags = (ulong)(flags | O_CLOEXEC), mode = mode, resolve = resolve };
        nint result = -EAGAIN;
        fixed (byte* p = CString(path))
            for (int attempt = 0; result == -EAGAIN && attempt < 128; attempt++)
                result = Try("openat2", path, SYS_openat2, dir.Number, (nint)p, (nint)(&how), sizeof(open_how));
        error = result < 0 ? (int)result : 0;
        return result < 0 ? null : Fd.Own(result);
    }

    public static Fd OpenAt2(Fd dir, string path, int flags, ulong resolve, uint mode = 0)
        => TryOpenAt2(dir, path, flags, resolve, out int error, mode) ?? throw new SysException("openat2", path, -error);

    /// <summary>Returns the bytes read; 0 at the end.</summary>
    public static int Read(Fd fd, Span<byte> buffer, string? subject = null)
    {
        fixed (byte* p = buffer)
            return (int)Call("read", subject, SYS_read, fd.Number, (nint)p, buffer.Length);
    }

    /// <summary>Writes all bytes, in one write(2) unless it is cut short: procfs and cgroupfs take a value in one piece.</summary>
    public static void Write(Fd fd, ReadOnlySpan<byte> bytes, string? subject = null)
    {
        int error = TryWrite(fd, bytes, subject);
        if (error < 0)
            throw new SysException("write", subject, -error);
    }

    /// <summary>0, or a negative errno.</summary>
    public static int TryWrite(Fd fd, ReadOnlySpan<byte> bytes, string? subject = null)
    {
        while (!bytes.IsEmpty)
        {
            nint written;
            fixed (byte* p = bytes)
                written = Try("write", subject, SYS_write, fd.Number, (nint)p, bytes.Length);
            if (written < 0)
                return (int)written;
            bytes = bytes[(int)written..];
        }
        return 0;
    }

    /// <summary>A single write(2): returns how many bytes were accepted, or a negative errno.</summary>
    public static int TryWriteSome(Fd fd, ReadOnlySpan<byte> bytes, string? subject = null)
    {
        fixed (byte* p = bytes)
            return (int)Try("write", subject, SYS_write, fd.Number, (nint)p, bytes.Length);
    }

    /// <summary>The whole content of a file, whether the kernel reports its size or not (procfs, cgroupfs).</summary>
    public static byte[] ReadAll(Fd fd, string? subject = null, int limit = int.MaxValue)
    {
        byte[] buffer = new byte[4096];
        int length = 0;
        while (true)
        {
            int got = Read(fd, buffer.AsSpan(length), subject);
            if (got == 0)
                return buffer.AsSpan(0, length).ToArray();
            length += got;
            if (length > limit)
                throw new SysException("read", subject, EFBIG);
            if (length == buffer.Length)
                Array.Resize(ref buffer, length * 2);
        }
    }

    public static string ReadText(Fd dir, string path)
    {
        using Fd file = OpenAt(dir, path, O_RDONLY);
        return KernelText.Decode(ReadAll(file, path));
    }

    public static void MkdirAt(Fd dir, string name, uint mode) => Checked("mkdirat", name, TryMkdirAt(dir, name, mode));

    /// <summary>0, or a negative errno.</summary>
    public static int TryMkdirAt(Fd dir, string name, uint mode)
    {
        fixed (byte* p = CString(name))
            return (int)Try("mkdirat", name, SYS_mkdirat, dir.Number, (nint)p, (nint)mode);
    }

    /// <param name="mode">S_IF… and permission bits.</param>
    public static int TryMknodAt(Fd dir, string name, uint mode, ulong device)
    {
        fixed (byte* p = CString(name))
            return (int)Try("mknodat", name, SYS_mknodat, dir.Number, (nint)p, (nint)mode, (nint)device);
    }

    public static int TrySymlinkAt(string target, Fd dir, string name)
    {
        fixed (byte* t = CString(target), p = CString(name))
            return (int)Try("symlinkat", name, SYS_symlinkat, (nint)t, dir.Number, (nint)p);
    }

    /// <param name="flags">AT_REMOVEDIR for a directory.</param>
    public static int TryUnlinkAt(Fd dir, string name, int flags = 0)
    {
        fixed (byte* p = CString(name))
            return (int)Try("unlinkat", name, SYS_unlinkat, dir.Number, (nint)p, flags);
    }

    public static void UnlinkAt(Fd dir, string name, int flags = 0) => Checked("unlinkat", name, TryUnlinkAt(dir, name, flags));

    public static void RenameAt(Fd fromDir, string from, Fd toDir, string to)
    {
        fixed (byte* f = CString(from), t = CString(to))
            Call("renameat2", to, SYS_renameat2, fromDir.Number, (nint)f, toDir.Number, (nint)t);
    }

    public static string ReadLinkAt(Fd dir, string path)
    {
        byte[] buffer = new byte[4096];
        fixed (byte* p = CString(path), b = buffer)
            return KernelText.Decode(buffer.AsSpan(0, (int)Call("readlinkat", path, SYS_readlinkat, dir.Number, (nint)p, (nint)b, buffer.Length)));
    }

    /// <summary>Copies a whole file into another one, inside the kernel.</summary>
    public static void SendFile(Fd to, Fd from, string subject)
    {
        const int atOnce = 0x7FFF0000;
        while (Call("sendfile", subject, SYS_sendfile, to.Number, from.Number, 0, atOnce) > 0)
        {
        }
    }

    public static void Fchmod(Fd fd, uint mode, string? subject = null) => Call("fchmod", subject, SYS_fchmod, fd.Number, (nint)mode);

    /// <summary>4294967295 leaves an id unchanged.</summary>
    public static int TryFchown(Fd fd, uint uid, uint gid, string? subject = null) => (int)Try("fchown", subject, SYS_fchown, fd.Number, (nint)uid, (nint)gid);

    /// <summary>
    /// Changes the owner of the file behind an O_PATH descriptor, or of <paramref name="name"/> in a directory, never through a link.
    /// </summary>
    public static int TryFchownAt(Fd dir, string name, uint uid, uint gid)
    {
        fixed (byte* p = CString(name))
            return (int)Try("fchownat", name, SYS_fchownat, dir.Number, (nint)p, (nint)uid, (nint)gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
    }

    public static int TryFlock(Fd fd, int operation, string? subject = null) => (int)Try("flock", subject, SYS_flock, fd.Number, operation);

    /// <summary>Returns a negative errno on failure.</summary>
    public static nint TryFcntl(Fd fd, int command, nint argument = 0) => Try("fcntl", null, SYS_fcntl, fd.Number, command, argument);

    public static nint Fcntl(Fd fd, int command, nint argument = 0) => Call("fcntl", null, SYS_fcntl, fd.Number, command, argument);

    /// <summary>Makes the number a copy that stays open across execve.</summary>
    public static void Dup2(Fd fd, int number) => Call("dup2", null, SYS_dup2, fd.Number, number);

    /// <summary>Names in a directory, without . and .. .</summary>
    public static List<string> ReadDirectory(Fd directory, string? subject = null)
    {
        List<string> names = [];
        byte[] buffer = new byte[8192];
        fixed (byte* b = buffer)
            while (true)
            {
                int length = (int)Call("getdents64", subject, SYS_getdents64, directory.Number, (nint)b, buffer.Length);
                if (length == 0)
                    return names;
                // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name.
                for (int at = 0; at < length; at += *(ushort*)(b + at + 16))
                {
                    string name = KernelText.Decode(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(b + at + 19));
                    if (name is not ("." or ".."))
                        names.Add(name);
                }
            }
    }

    internal static void Close(int number) => syscall(SYS_close, number);

    private static nint OpenAtRaw(Fd dir, string path, int flags, uint mode)
    {
        fixed (byte* p = CString(path))
            return Try("openat", path, SYS_openat, dir.Number, (nint)p, flags | O_CLOEXEC, (nint)mode);
    }

    private static nint Checked(string call, string? subject, nint result)
        => result >= 0 ? result : throw new SysException(call, subject, (int)-result);
}
