using System;
using System.Runtime.InteropServices;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

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
