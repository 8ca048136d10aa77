using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>A file system of the host (FUSE, linux/fuse.h) with one empty directory, of which it takes its time to tell.</summary>
internal sealed class SlowServer : IDisposable
{
    private const uint Lookup = 1, GetAttributes = 3, Init = 26, Forget = 2, BatchForget = 42;
    private const int HeaderBytes = 16, AttributeBytes = 88, NoSuchCall = 38, Detach = 2, ReadWriteCloseOnExec = 0x80002;
    private const uint Directory = 0x41ED;

    private readonly string mount;
    private readonly TimeSpan patience;
    private readonly SafeFileHandle device;
    private readonly Thread thread;

    /// <param name="mount">An empty directory.</param>
    public SlowServer(string mount, TimeSpan patience)
    {
        this.mount = mount;
        this.patience = patience;
        device = new SafeFileHandle(open("/dev/fuse", ReadWriteCloseOnExec), ownsHandle: true);
        if (device.IsInvalid)
            Assert.Ignore("needs /dev/fuse");
        string options = $"fd={device.DangerousGetHandle()},rootmode=40000,user_id=0,group_id=0,allow_other";
        if (mount_("slow", mount, "fuse", 0, options) != 0)
            Assert.Ignore("FUSE cannot be used here");
        thread = new(Serve) { IsBackground = true };
        thread.Start();
    }

    public string Source => Path.Combine(mount, "data");

    public void Dispose()
    {
        umount2(mount, Detach);
        thread.Join(5000);
        device.Dispose();
    }

    private unsafe void Serve()
    {
        byte[] request = new byte[1 << 17];
        int file = (int)device.DangerousGetHandle();
        while (true)
        {
            nint length;
            fixed (byte* r = request)
                length = read(file, r, request.Length);
            if (length <= 0)
                return; // unmounted
            // fuse_in_header: len, opcode, unique (64 bits), nodeid …
            uint kind = BitConverter.ToUInt32(request, 4);
            if (kind is Forget or BatchForget)
                continue;
            if (kind == Lookup)
                Thread.Sleep(patience);
            byte[] answer = Answer(kind, BitConverter.ToUInt64(request, 16));
            BitConverter.TryWriteBytes(answer, answer.Length);
            Array.Copy(request, 8, answer, 8, 8);
            fixed (byte* a = answer)
                _ = write(file, a, answer.Length);
        }
    }

    private static byte[] Answer(uint kind, ulong node)
    {
        // fuse_init_out; fuse_attr_out: valid, nsec, dummy, attr; fuse_entry_out: nodeid, generation, four times, attr
        int attributes = kind == Lookup ? 40 : 16;
        byte[] answer = new byte[HeaderBytes + kind switch { Init => 64, Lookup or GetAttributes => attributes + AttributeBytes, _ => 0 }];
        Span<byte> body = answer.AsSpan(HeaderBytes);
        switch (kind)
        {
            case Init:
                MemoryMarshal.Write(body, 7);
                MemoryMarshal.Write(body[4..], 31);
                MemoryMarshal.Write(body[20..], 4096);
                break;
            case Lookup or GetAttributes:
                ulong number = kind == Lookup ? 2 : node;
                if (kind == Lookup)
                    MemoryMarshal.Write(body, number);
                MemoryMarshal.Write(body[attributes..], number);
                MemoryMarshal.Write(body[(attributes + 60)..], Directory);
                MemoryMarshal.Write(body[(attributes + 64)..], 2);
                break;
            default:
                MemoryMarshal.Write(answer.AsSpan(4), -NoSuchCall);
                break;
        }
        return answer;
    }

    [DllImport("libc")]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "mount")]
    private static extern int mount_([MarshalAs(UnmanagedType.LPUTF8Str)] string source,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string target, [MarshalAs(UnmanagedType.LPUTF8Str)] string type, nuint flags,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string data);

    [DllImport("libc")]
    private static extern int umount2([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc")]
    private static extern unsafe nint read(int file, byte* into, nint length);

    [DllImport("libc")]
    private static extern unsafe nint write(int file, byte* from, nint length);
}
