using System;
using System.Runtime.InteropServices;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

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

    private static T Beginning<T>(ReadOnlySpan<byte> bytes, string subject) where T : unmanaged
        => bytes.Length >= sizeof(T) ? MemoryMarshal.Read<T>(bytes) : throw Malformed(subject);

    private static SysException Malformed(string subject) => new("rtnetlink", subject, EBADMSG);
}
