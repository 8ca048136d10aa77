using System;
using System.Runtime.InteropServices;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Builds an rtnetlink(7) message: header, the fixed part of its type, attributes. An attribute that does not fit its length field is
/// refused (CVE-2021-43784: truncated to 16 bits, the length would make the rest be parsed as further attributes).
/// </summary>
internal unsafe ref struct NetlinkRequest
{
    private const int Alignment = 4;

    private readonly Span<byte> buffer;
    private int length;

    /// <param name="buffer">All zeros.</param>
    /// <param name="type">RTM_….</param>
    /// <param name="flags">NLM_F_… in addition to NLM_F_REQUEST.</param>
    /// <param name="body">ifinfomsg or ifaddrmsg.</param>
    public static NetlinkRequest Of<T>(Span<byte> buffer, ushort type, int flags, in T body) where T : unmanaged
    {
        NetlinkRequest request = new(buffer);
        request.Append(new nlmsghdr { nlmsg_type = type, nlmsg_flags = (ushort)(NLM_F_REQUEST | flags) });
        request.Append(body);
        return request;
    }

    private NetlinkRequest(Span<byte> buffer) => this.buffer = buffer;

    public void Add(ushort type, ReadOnlySpan<byte> value)
    {
        int size = sizeof(rtattr) + value.Length;
        if (size > ushort.MaxValue || size > buffer.Length - length)
            throw new SysException("rtnetlink", $"attribute {type} of {value.Length} bytes", EMSGSIZE);
        Append(new rtattr { rta_len = (ushort)size, rta_type = type });
        value.CopyTo(buffer[length..]);
        length = Aligned(length + value.Length);
    }

    public void Add(ushort type, int value) => Add(type, BitConverter.GetBytes(value));

    /// <summary>UTF-8 with a terminating NUL.</summary>
    public void Add(ushort type, string text) => Add(type, KernelText.Encode(text + "\0"));

    /// <summary>The complete message with its sequence number.</summary>
    public readonly ReadOnlySpan<byte> Finish(uint sequence)
    {
        ref nlmsghdr header = ref MemoryMarshal.AsRef<nlmsghdr>(buffer);
        header.nlmsg_len = (uint)length;
        header.nlmsg_seq = sequence;
        return buffer[..length];
    }

    private void Append<T>(in T part) where T : unmanaged
    {
        MemoryMarshal.Write(buffer[length..], in part);
        length += sizeof(T);
    }

    public static int Aligned(int size) => (size + Alignment - 1) / Alignment * Alignment;
}
