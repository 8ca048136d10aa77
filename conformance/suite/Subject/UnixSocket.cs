using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SharpRunc.Conformance;

/// <summary>What came over a connection: each message's bytes and how many descriptors were with it.</summary>
internal sealed record Message(byte[] Bytes, int[] Descriptors);

/// <summary>A listening socket to which the runtime sends descriptors.</summary>
internal sealed unsafe class UnixSocket : IDisposable
{
    private const int SOL_SOCKET = 1, SCM_RIGHTS = 1;
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<int> descriptors = [];

    public UnixSocket(string path)
    {
        Path = path;
        listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, (UnixFileMode)0x1FF);
        listener.Listen(4);
    }

    public string Path { get; }

    /// <summary>The messages of the next connection, until it is closed; null: nobody connects in time.</summary>
    /// <param name="untilClosed">False: one message is enough.</param>
    public List<Message>? Accept(bool untilClosed, out bool closed, int milliseconds = 5000)
    {
        closed = false;
        if (!listener.Poll(TimeSpan.FromMilliseconds(milliseconds), SelectMode.SelectRead))
            return null;
        using Socket connection = listener.Accept();
        List<Message> messages = [];
        while (connection.Poll(TimeSpan.FromMilliseconds(milliseconds), SelectMode.SelectRead))
        {
            Message message = Receive((int)connection.Handle);
            closed = message.Bytes.Length == 0;
            if (!closed)
                messages.Add(message);
            if (closed || !untilClosed)
                break;
        }
        return messages;
    }

    /// <summary>Ends an <see cref="Accept"/> that waits: a connection that says nothing.</summary>
    public void Interrupt()
    {
        using Socket nobody = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        nobody.Connect(new UnixDomainSocketEndPoint(Path));
    }

    public void Dispose()
    {
        listener.Dispose();
        foreach (int fd in descriptors)
            _ = close(fd);
    }

    private Message Receive(int socket)
    {
        byte[] bytes = new byte[1 << 16];
        byte* control = stackalloc byte[256];
        fixed (byte* b = bytes)
        {
            Vector vector = new() { Base = b, Length = bytes.Length };
            Header header = new() { Vectors = &vector, Count = 1, Control = control, ControlLength = 256 };
            nint got = recvmsg(socket, &header, 0x40000000);
            List<int> found = [];
            // One control message of rights is what a runtime sends: length, level, type, descriptors.
            if (got > 0 && header.ControlLength >= 20 && *(int*)(control + 8) == SOL_SOCKET && *(int*)(control + 12) == SCM_RIGHTS)
                for (nint at = 16; at + 4 <= *(nint*)control; at += 4)
                    found.Add(*(int*)(control + at));
            descriptors.AddRange(found);
            return new Message(bytes[..(int)Math.Max(got, 0)], [.. found]);
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public byte* Base;
        public nint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public nint Name;
        public int NameLength;
        public Vector* Vectors;
        public nint Count;
        public byte* Control;
        public nint ControlLength;
        public int Flags;
    }

    [DllImport("libc")]
    private static extern nint recvmsg(int socket, Header* header, int flags);

    [DllImport("libc")]
    private static extern int close(int fd);
}
