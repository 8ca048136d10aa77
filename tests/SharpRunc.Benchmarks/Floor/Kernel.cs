using System;
using System.Text;

namespace SharpRunc.Benchmarks.Floor;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Calls as bare as C's: UTF-8 with a NUL behind, no allocation, and the exit status says which call failed.</summary>
internal static unsafe class Kernel
{
    public static nint Must(nint result, ReadOnlySpan<byte> what)
    {
        if (result >= 0)
            return result;
        string message = $"{Encoding.UTF8.GetString(what).TrimEnd('\0')}: {strerror(errno)}\n";
        fixed (byte* p = Encoding.UTF8.GetBytes(message))
            syscall(SYS_write, 2, (nint)p, message.Length);
        syscall(SYS_exit_group, 125);
        return -1;
    }

    public static byte[] Path(params ReadOnlySpan<string?> parts) => Encoding.UTF8.GetBytes(string.Concat(parts) + "\0");

    public static void Mount(ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, ReadOnlySpan<byte> type, ulong flags,
        ReadOnlySpan<byte> data = default)
        => Must(TryMount(source, target, type, flags, data), target);

    public static nint TryMount(ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, ReadOnlySpan<byte> type, ulong flags,
        ReadOnlySpan<byte> data = default)
    {
        fixed (byte* s = source, t = target, y = type, d = data)
            return syscall(SYS_mount, (nint)s, (nint)t, (nint)y, (nint)flags, (nint)d);
    }

    public static void MakeDirectory(ReadOnlySpan<byte> path)
    {
        fixed (byte* p = path)
            syscall(SYS_mkdirat, AT_FDCWD, (nint)p, 0x1ED);
    }

    public static void RemoveDirectory(ReadOnlySpan<byte> path)
    {
        fixed (byte* p = path)
            Must(syscall(SYS_unlinkat, AT_FDCWD, (nint)p, AT_REMOVEDIR), path);
    }

    public static nint Open(ReadOnlySpan<byte> path, int flags)
    {
        fixed (byte* p = path)
            return Must(syscall(SYS_openat, AT_FDCWD, (nint)p, flags | O_CLOEXEC, 0x1A4), path);
    }

    public static void Write(ReadOnlySpan<byte> path, ReadOnlySpan<byte> value)
    {
        nint fd = Open(path, O_WRONLY);
        Write(fd, value);
        syscall(SYS_close, fd);
    }

    public static void Write(nint fd, ReadOnlySpan<byte> value)
    {
        fixed (byte* v = value)
            Must(syscall(SYS_write, fd, (nint)v, value.Length), value);
    }

    public static void Say(string text)
    {
        fixed (byte* p = Encoding.UTF8.GetBytes(text))
            syscall(SYS_write, 1, (nint)p, text.Length);
    }

    public static void Symlink(ReadOnlySpan<byte> target, ReadOnlySpan<byte> path)
    {
        fixed (byte* t = target, p = path)
            Must(syscall(SYS_symlinkat, (nint)t, AT_FDCWD, (nint)p), path);
    }

    public static void MakeDevice(ReadOnlySpan<byte> path, int major, int minor)
    {
        fixed (byte* p = path)
            Must(syscall(SYS_mknodat, AT_FDCWD, (nint)p, 0x21B6, major << 8 | minor), path);
    }

    public static void ChangeDirectory(ReadOnlySpan<byte> path)
    {
        fixed (byte* p = path)
            Must(syscall(SYS_chdir, (nint)p), path);
    }
}
