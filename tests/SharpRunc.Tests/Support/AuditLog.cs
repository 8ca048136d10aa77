using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Support;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The kernel's audit records from now on (netlink(7), NETLINK_AUDIT, AUDIT_NLGRP_READLOG). They are those of its log, which may leave some
/// out: it is told no more than a few in five seconds.
/// </summary>
internal sealed unsafe class AuditLog : IDisposable
{
    private const int NetlinkAudit = 9, ReadLog = 1, Header = 16, LargestRecord = 10_000;
    private const ushort Seccomp = 1326;

    /// <summary>One of the settings that the first network namespace has for all.</summary>
    private const string OfFirstNamespace = "/proc/sys/net/core/netdev_budget";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Fd socket;

    private AuditLog(Fd socket) => this.socket = socket;

    /// <summary>Skips the test where there are none to read.</summary>
    public static AuditLog Open()
    {
        if (!File.Exists(OfFirstNamespace))
            Assert.Ignore("audit records are told in the first network namespace only");
        nint number = syscall(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NetlinkAudit);
        if (number < 0)
            Assert.Ignore("the kernel keeps no audit log");
        Fd socket = Fd.Own(number);
        sockaddr_nl group = new() { nl_family = (ushort)AF_NETLINK, nl_groups = ReadLog };
        if (syscall(SYS_bind, number, (nint)(&group), sizeof(sockaddr_nl)) != 0)
        {
            socket.Dispose();
            Assert.Ignore("the audit log needs CAP_AUDIT_READ");
        }
        return new AuditLog(socket);
    }

    /// <summary>The seccomp records up to one of this process, that one included: NAME=VALUE by name.</summary>
    public List<Dictionary<string, string>> ReadUntil(int pid)
    {
        List<Dictionary<string, string>> records = [];
        byte[] buffer = new byte[LargestRecord];
        for (long started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Patience;)
        {
            Span<pollfd> wait = [new pollfd { fd = socket.Number, events = POLLIN }];
            if (Sys.Poll(wait, 100) == 0)
                continue;
            int length = Sys.ReceiveFromKernel(socket, buffer);
            if (BitConverter.ToUInt16(buffer, sizeof(uint)) != Seccomp)
                continue;
            Dictionary<string, string> record = [];
            foreach (string field in Encoding.UTF8.GetString(buffer.AsSpan(Header, length - Header)).Split(' '))
                if (field.Split('=', 2) is [string name, string value])
                    record[name] = value.Trim('"');
            records.Add(record);
            if (record["pid"] == $"{pid}")
                return records;
        }
        Assert.Fail($"no audit record of process {pid}");
        return records;
    }

    public void Dispose() => socket.Dispose();
}
