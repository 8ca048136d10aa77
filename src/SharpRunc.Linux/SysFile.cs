using System;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

// Open files: open, read, write, seek, and the descriptors' own flags.
internal static unsafe partial class Sys
{
    public static Fd OpenAt(Fd dir, string path, int flags, uint mode = 0)
        => TryOpenAt(dir, path, flags, out SysError error, mode) ?? throw error.ToException();

    /// <summary>null and the error if the file cannot be opened.</summary>
    public static Fd? TryOpenAt(Fd dir, string path, int flags, out SysError error, uint mode = 0)
    {
        fixed (byte* p = CString(path))
            return TryOpen("openat", path, out error, SYS_openat, dir.Number, (nint)p, flags | O_CLOEXEC, (nint)mode);
    }

    /// <summary>How often a walk of a path is begun that renames disturb.</summary>
    private const int MaxWalks = 128;

    /// <summary>openat2(2) with the given RESOLVE_… flags; EAGAIN (a rename raced the walk) is retried.</summary>
    public static Fd? TryOpenAt2(Fd dir, string path, int flags, ulong resolve, out SysError error, uint mode = 0)
    {
        open_how how = new() { flags = (ulong)(flags | O_CLOEXEC), mode = mode, resolve = resolve };
        fixed (byte* p = CString(path))
            for (int attempt = 1; ; attempt++)
            {
                Fd? opened = TryOpen("openat2", path, out error, SYS_openat2, dir.Number, (nint)p, (nint)(&how), sizeof(open_how));
                if (error.Errno != EAGAIN || attempt == MaxWalks)
                    return opened;
            }
    }

    public static Fd OpenAt2(Fd dir, string path, int flags, ulong resolve, uint mode = 0)
        => TryOpenAt2(dir, path, flags, resolve, out SysError error, mode) ?? throw error.ToException();

    /// <param name="flags">MFD_CLOEXEC 1, MFD_ALLOW_SEALING 2.</param>
    public static Fd MemfdCreate(string name, int flags)
    {
        LibraryCall call = new("memfd_create", name);
        fixed (byte* p = CString(name))
            while (call.IsDue)
                call.Returned(memfd_create(p, (uint)flags));
        return Fd.Own(call.ResultOrThrow());
    }

    /// <summary>pipe(2): the read end and the write end.</summary>
    public static (Fd Read, Fd Write) Pipe()
    {
        int* pair = stackalloc int[2];
        LibraryCall call = new("pipe2", null);
        while (call.IsDue)
            call.Returned(pipe2(pair, O_CLOEXEC));
        call.ResultOrThrow();
        return (Fd.Own(pair[0]), Fd.Own(pair[1]));
    }

    /// <summary>Returns the bytes read; 0 at the end.</summary>
    public static int Read(Fd fd, Span<byte> buffer, string? subject = null)
    {
        fixed (byte* p = buffer)
            return (int)Call("read", subject, SYS_read, fd.Number, (nint)p, buffer.Length);
    }

    /// <summary>Returns the bytes read; −1 if it cannot be read.</summary>
    public static int TryRead(Fd fd, System.Span<byte> buffer, string? subject = null) => TryRead(fd, buffer, out _, subject);

    /// <summary>Returns the bytes read; −1 and the error on failure: ESRCH when reading about a process that has just ended.</summary>
    public static int TryRead(Fd fd, System.Span<byte> buffer, out SysError error, string? subject = null)
    {
        fixed (byte* p = buffer)
            return (int)Attempt("read", subject, out error, SYS_read, fd.Number, (nint)p, buffer.Length);
    }

    /// <summary>Returns the bytes read; −1 if it cannot be read.</summary>
    public static nint TryPread(Fd file, byte* into, nint length, long offset)
        => Attempt("pread64", null, out _, SYS_pread64, file.Number, (nint)into, length, (nint)offset);

    /// <summary>More than any file is that is read as a whole. Twice read and decoded, it still fits into the heap.</summary>
    private const int MostBytes = 8 << 20;

    /// <summary>The whole content of a file, whether the kernel reports its size or not (procfs, cgroupfs).</summary>
    /// <exception cref="SysException">EFBIG: it is longer than <paramref name="limit"/>.</exception>
    public static byte[] ReadAll(Fd fd, string? subject = null, int limit = MostBytes)
    {
        // Most files are short: read on the stack, they take no new page of the heap.
        Span<byte> part = stackalloc byte[4096];
        int length = 0;
        while (length < part.Length)
        {
            int got = Read(fd, part[length..], subject);
            if (got == 0)
                return part[..length].ToArray();
            length = Within(limit, length + got, subject);
        }
        return ReadRest(fd, part, subject, limit);
    }

    /// <param name="part">What has been read already; then used for what does not fit.</param>
    private static byte[] ReadRest(Fd fd, Span<byte> part, string? subject, int limit)
    {
        byte[] buffer = new byte[4 * part.Length]; // an engine's config.json
        part.CopyTo(buffer);
        int length = part.Length;
        while (true)
        {
            bool isFull = length == buffer.Length;
            Span<byte> into = isFull ? part : buffer.AsSpan(length);
            int got = Read(fd, into, subject);
            if (got == 0)
                return isFull ? buffer : buffer.AsSpan(0, length).ToArray();
            if (isFull)
            {
                Array.Resize(ref buffer, 2 * length);
                part[..got].CopyTo(buffer.AsSpan(length));
            }
            length = Within(limit, length + got, subject);
        }
    }

    private static int Within(int limit, int length, string? subject)
        => length <= limit ? length : throw new SysException("read", subject, EFBIG);

    public static string ReadText(Fd dir, string path)
    {
        using Fd file = OpenAt(dir, path, O_RDONLY);
        return KernelText.Decode(ReadAll(file, path));
    }

    /// <summary>Writes all bytes, in one write(2) unless it is cut short: procfs and cgroupfs take a value in one piece.</summary>
    public static void Write(Fd fd, ReadOnlySpan<byte> bytes, string? subject = null)
        => TryWrite(fd, bytes, subject).ThrowIfFailed();

    public static SysError TryWrite(Fd fd, ReadOnlySpan<byte> bytes, string? subject = null)
    {
        while (!bytes.IsEmpty)
        {
            nint written;
            fixed (byte* p = bytes)
                written = Try("write", subject, SYS_write, fd.Number, (nint)p, bytes.Length);
            if (written < 0)
                return ErrorOf("write", subject, written);
            bytes = bytes[(int)written..];
        }
        return default;
    }

    /// <summary>A single write(2): returns how many bytes were accepted; −1 and the error on failure.</summary>
    public static int TryWriteSome(Fd fd, ReadOnlySpan<byte> bytes, out SysError error, string? subject = null)
    {
        fixed (byte* p = bytes)
            return (int)Attempt("write", subject, out error, SYS_write, fd.Number, (nint)p, bytes.Length);
    }

    /// <summary>Copies a whole file into another one, inside the kernel.</summary>
    public static void SendFile(Fd to, Fd from, string subject)
    {
        const int AtOnce = 0x7FFF0000;
        while (Call("sendfile", subject, SYS_sendfile, to.Number, from.Number, 0, AtOnce) > 0)
        {
        }
    }

    public static void Truncate(Fd file, string subject)
    {
        LibraryCall call = new("ftruncate", subject);
        while (call.IsDue)
            call.Returned(ftruncate(file.Number, 0));
        call.ResultOrThrow();
    }

    public static void Seek(Fd file, long offset) => Seek(file, offset, SEEK_SET).ResultOrThrow();

    /// <returns>The new offset; −1 if there is none.</returns>
    public static long TrySeek(Fd file, long offset) => Seek(file, offset, SEEK_SET).Result;

    /// <summary>The current file offset; −1 if there is none.</summary>
    public static long TryTell(Fd file) => Seek(file, 0, SEEK_CUR).Result;

    private static LibraryCall Seek(Fd file, long offset, int whence)
    {
        LibraryCall call = new("lseek", null);
        while (call.IsDue)
            call.Returned((nint)(long)lseek(file.Number, offset, whence));
        return call;
    }

    public static void Ftruncate(Fd file, long length, string subject)
    {
        LibraryCall call = new("ftruncate", subject);
        while (call.IsDue)
            call.Returned(ftruncate(file.Number, length));
        call.ResultOrThrow();
    }

    public static void Fchmod(Fd fd, uint mode, string? subject = null)
    {
        LibraryCall call = new("fchmod", subject);
        while (call.IsDue)
            call.Returned(fchmod(fd.Number, (mode_t)mode));
        call.ResultOrThrow();
    }

    /// <summary>4294967295 leaves an id unchanged.</summary>
    public static SysError TryFchown(Fd fd, uint uid, uint gid, string? subject = null)
    {
        LibraryCall call = new("fchown", subject);
        while (call.IsDue)
            call.Returned(fchown(fd.Number, uid, gid));
        return call.Error;
    }

    public static SysError TryFlock(Fd fd, int operation, string? subject = null)
        => Attempt("flock", subject, SYS_flock, fd.Number, operation);

    public static nint Fcntl(Fd fd, int command, nint argument = 0) => Call("fcntl", null, SYS_fcntl, fd.Number, command, argument);

    /// <summary>−1 and the error on failure.</summary>
    public static int TryFcntl(Fd fd, int command, out SysError error, nint argument = 0)
        => (int)Attempt("fcntl", null, out error, SYS_fcntl, fd.Number, command, argument);

    /// <summary>Makes the number a copy that stays open across execve.</summary>
    public static void Dup2(Fd fd, int number)
    {
        LibraryCall call = new("dup2", null);
        while (call.IsDue)
            call.Returned(dup2(fd.Number, number));
        call.ResultOrThrow();
    }

    /// <summary>close_range(2) with CLOSE_RANGE_CLOEXEC: inherited descriptors are not passed on to executed programs.</summary>
    public static void CloseOnExecFrom(int first) => Call("close_range", null, SYS_close_range, first, int.MaxValue, 4);

    /// <summary>
    /// Closes all descriptors from <paramref name="first"/> to <paramref name="last"/>, regardless of their owner: only for a process that
    /// does not need them any more.
    /// </summary>
    public static void TryCloseRange(int first, int last)
    {
        if (first <= last)
            Try("close_range", null, SYS_close_range, first, last);
    }

    public static void Close(int number) => syscall(SYS_close, number);
}
