using System;
using System.IO;
using System.Runtime.InteropServices;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A process of a container that serves a file system by FUSE (linux/fuse.h) and never says what a file's attributes are, and another that
/// puts one of its files where the runtime looks: whoever asks waits, and no signal ends him.
/// </summary>
internal static unsafe class SilentServer
{
    private const uint Lookup = 1, Unlink = 10, Init = 26, Access = 34, Fifo = 0x1180;

    private const int HeaderBytes = 16, EntryBytes = 128, AttributesAt = 40, Detach = 2;

    private static readonly string[] Names = ["exec.fifo", "exec.result"];

    /// <param name="what">
    /// root: we have it as our root; fifos: a process that has executed nothing holds two that are gone; mount: it is mounted, no more.
    /// </param>
    /// <param name="directory">Where it is mounted.</param>
    /// <param name="ready">A file that is made when all is in place.</param>
    public static int Run(string what, string directory, string ready)
    {
        Fd device = Sys.OpenAt(Fd.Cwd, "/dev/fuse", O_RDWR);
        Sys.TryMount("silent", directory, "fuse", 0, $"fd={device.Number},rootmode=40000,user_id=0,group_id=0,allow_other").ThrowIfFailed();
        // Whoever serves is a child, except that who waits at FIFOs must have executed nothing.
        bool isChild = Sys.Clone(0, SIGCHLD, null, out _) == 0;
        if (isChild != (what == "fifos"))
            Serve(device, what);
        device.Dispose();
        Fd place = Sys.OpenAt(Fd.Cwd, Path.GetDirectoryName(ready)!, O_PATH);
        if (what == "root")
            Sys.Chroot(directory);
        else if (what == "fifos")
            Hold(directory);
        Sys.OpenAt(place, Path.GetFileName(ready), O_RDONLY | O_CREAT, 0x1A4).Dispose();
        Sys.Poll([], -1);
        return 0;
    }

    /// <summary>Two files without a name, in a mount without a place: their links read <c>/exec.fifo (deleted)</c>.</summary>
    private static void Hold(string directory)
    {
        Fd mount = Sys.OpenAt(Fd.Cwd, directory, O_PATH);
        foreach (string name in Names)
            _ = Sys.OpenAt(mount, name, O_PATH).Number; // stays open
        Sys.TryUmount(directory, Detach).ThrowIfFailed();
        foreach (string name in Names)
            Sys.TryUnlinkAt(mount, name).ThrowIfFailed();
    }

    private static void Serve(Fd device, string what)
    {
        byte[] request = new byte[1 << 17];
        Span<byte> answer = stackalloc byte[HeaderBytes + EntryBytes];
        while (true)
        {
            int length = Sys.Read(device, request);
            ReadOnlySpan<byte> asked = request.AsSpan(0, length);
            // fuse_in_header: len, opcode, unique (64 bits), nodeid …
            uint kind = MemoryMarshal.Read<uint>(asked[4..]);
            ulong unique = MemoryMarshal.Read<ulong>(asked[8..]);
            answer.Clear();
            int error = 0, size = 0;
            Span<byte> body = answer[HeaderBytes..];
            switch (kind)
            {
                case Init: // fuse_init_out: major, minor, max_readahead, flags, background, threshold, max_write, …: 64 bytes
                    MemoryMarshal.Write(body, 7);
                    MemoryMarshal.Write(body[4..], 31);
                    MemoryMarshal.Write(body[20..], 4096);
                    size = 64;
                    break;
                case Lookup when what == "fifos": // fuse_entry_out: nodeid, …; fuse_attr: ino, …, mode, nlink
                    ulong node = (ulong)length; // a number of its own for either name
                    MemoryMarshal.Write(body, node);
                    MemoryMarshal.Write(body[AttributesAt..], node);
                    MemoryMarshal.Write(body[(AttributesAt + 60)..], Fifo);
                    MemoryMarshal.Write(body[(AttributesAt + 64)..], 1);
                    size = EntryBytes;
                    break;
                case Access:
                    error = -ENOSYS;
                    break;
                case Unlink:
                    break;
                default:
                    continue; // GETATTR among them
            }
            MemoryMarshal.Write(answer, HeaderBytes + size);
            MemoryMarshal.Write(answer[4..], error);
            MemoryMarshal.Write(answer[8..], unique);
            Sys.Write(device, answer[..(HeaderBytes + size)]);
        }
    }
}
