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

/// <summary>Evaluates one datagram from the kernel as an answer to a request.</summary>
internal static unsafe class NetlinkAnswer
{
    public delegate void Reader<TBody>(in TBody body, NetlinkAttributes attributes) where TBody : unmanaged;

    /// <param name="wanted">The type of the answers to read.</param>
    /// <param name="isOne">Whether the first answer is the last.</param>
    /// <param name="disturbed">Set to true by a part of a dump during which something changed.</param>
    /// <returns>0 at the end, or an errno; EINTR for an inconsistent dump; null if more follows.</returns>
    public static int? Read<TBody>(
        ReadOnlySpan<byte> datagram, uint sequence, ushort wanted, string subject, Reader<TBody>? read, bool isOne, ref bool disturbed)
        where TBody : unmanaged
    {
        ReadOnlySpan<byte> rest = datagram;
        while (!rest.IsEmpty)
        {
            nlmsghdr header = Beginning<nlmsghdr>(rest, subject);
            if (header.nlmsg_len < sizeof(nlmsghdr) || header.nlmsg_len > rest.Length)
                throw Malformed(subject);
            ReadOnlySpan<byte> body = rest[sizeof(nlmsghdr)..(int)header.nlmsg_len];
            rest = rest[Math.Min(NetlinkRequest.Aligned((int)header.nlmsg_len), rest.Length)..];
            if (header.nlmsg_seq != sequence)
                continue; // answers an earlier request that was abandoned
            disturbed |= (header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
            if (header.nlmsg_type == NLMSG_DONE)
                return disturbed ? EINTR : 0;
            if (header.nlmsg_type == NLMSG_ERROR)
                return -Beginning<int>(body, subject);
            if (header.nlmsg_type == wanted)
            {
                TBody fixedPart = Beginning<TBody>(body, subject);
                read!(fixedPart, new NetlinkAttributes(body[sizeof(TBody)..]));
            }
            if (isOne)
                return 0;
        }
        return null;
    }

    /// <summary>Reads the fixed part of each message of a type, whatever it answers: what the kernel says unasked.</summary>
    public static void ForEach<TBody>(ReadOnlySpan<byte> datagram, ushort type, string subject, Action<TBody> read) where TBody : unmanaged
    {
        for (ReadOnlySpan<byte> rest = datagram; !rest.IsEmpty;)
        {
            nlmsghdr header = Beginning<nlmsghdr>(rest, subject);
            if (header.nlmsg_len < sizeof(nlmsghdr) || header.nlmsg_len > rest.Length)
                throw Malformed(subject);
            if (header.nlmsg_type == type)
                read(Beginning<TBody>(rest[sizeof(nlmsghdr)..(int)header.nlmsg_len], subject));
            rest = rest[Math.Min(NetlinkRequest.Aligned((int)header.nlmsg_len), rest.Length)..];
        }
    }

    private static T Beginning<T>(ReadOnlySpan<byte> bytes, string subject) where T : unmanaged
        => bytes.Length >= sizeof(T) ? MemoryMarshal.Read<T>(bytes) : throw Malformed(subject);

    private static SysException Malformed(string subject) => new("rtnetlink", subject, EBADMSG);
}

/// <summary>The attributes after the fixed part of an answer. A length that exceeds the answer is an error.</summary>
internal unsafe ref struct NetlinkAttributes(ReadOnlySpan<byte> rest)
{
    private ReadOnlySpan<byte> rest = rest;

    /// <summary>IFLA_… or IFA_….</summary>
    public ushort Type { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>False at the end.</summary>
    public bool Next()
    {
        if (rest.IsEmpty)
            return false;
        rtattr header = rest.Length < sizeof(rtattr) ? default : MemoryMarshal.Read<rtattr>(rest);
        if (header.rta_len < sizeof(rtattr) || header.rta_len > rest.Length)
            throw new SysException("rtnetlink", "attributes of an answer", EBADMSG);
        Type = header.rta_type;
        Value = rest[sizeof(rtattr)..header.rta_len];
        rest = rest[Math.Min(NetlinkRequest.Aligned(header.rta_len), rest.Length)..];
        return true;
    }

    /// <summary>The value up to its NUL.</summary>
    public readonly string Text => KernelText.Decode(Value.IndexOf((byte)0) is >= 0 and int end ? Value[..end] : Value);
}
