using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>Whoever listens on a socket that we are told of, and takes no connection, holds nobody up.</summary>
internal sealed class DeafSocketTests
{
    [Test]
    public void Create_does_not_wait_for_a_socket_that_takes_no_connection([Values("console", "pidfd", "listener")] string kind)
    {
        using Runtime runtime = Runtime.Create();
        string path = Path.Combine(runtime.Work, "deaf.sock");
        using Socket deaf = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        deaf.Bind(new UnixDomainSocketEndPoint(path));
        deaf.Listen(0);
        List<Socket> waiting = Fill(path);
        Bundle bundle = kind == "listener" ? RawCalls.Bundle(runtime, noNewPrivileges: true,
            RawCalls.Profile(RawCalls.Rule("getpgrp", "SCMP_ACT_NOTIFY"))) : runtime.NewBundle("true");
        string[] flags = [];
        if (kind == "listener")
            bundle.Linux["seccomp"]!["listenerPath"] = path;
        else
            flags = [kind == "console" ? "--console-socket" : "--pidfd-socket", path];
        bundle.Process["terminal"] = kind == "console";
        runtime.Run(["create", "--bundle", bundle.Write().Path, .. flags, Runtime.NewId()]).ExpectError("resource temporarily unavailable");
        foreach (Socket socket in waiting)
            socket.Dispose();
    }

    /// <summary>Until its backlog takes no more.</summary>
    private static List<Socket> Fill(string path)
    {
        List<Socket> waiting = [];
        while (waiting.Count < 100)
        {
            Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
            waiting.Add(socket);
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(path));
            }
            catch (SocketException)
            {
                return waiting;
            }
        }
        throw new InvalidOperationException("the backlog has no end");
    }
}
