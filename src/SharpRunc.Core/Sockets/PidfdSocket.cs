using System;
using SharpRunc.Core.State;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Sockets;

/// <summary>
/// --pidfd-socket: one message with one descriptor, which stands for the process that is made, and for no other for
/// as long as it is held.
/// </summary>
internal sealed class PidfdSocket : IDisposable
{
    private readonly Fd socket;

    private PidfdSocket(Fd socket) => this.socket = socket;

    /// <summary>What the message says of the process: it is a container's init, or it joined one.</summary>
    public static ReadOnlySpan<byte> Init => "standard"u8;

    public static ReadOnlySpan<byte> Exec => "setns"u8;

    public void Dispose() => socket.Dispose();

    /// <summary>Before anything is made: if nobody listens, nothing has to be taken back.</summary>
    /// <param name="path">As given, relative to the directory that the command was called in; null: nobody wants to know.</param>
    public static PidfdSocket? Connect(string? path)
    {
        try
        {
            if (path is null)
                return null;
            if (!path.StartsWith('@'))
                TrustedDirectory.RequireEntry(path, "the pidfd socket");
            return new(UnixSocket.Connect(path, SOCK_STREAM));
        }
        catch (SysException e)
        {
            throw ContainerException.From(e, "--pidfd-socket", hint: "a Unix stream socket must be listening there");
        }
    }

    /// <summary>Before the program runs; of a create once the init is set up, so that what fails earlier is never heard of.</summary>
    /// <param name="kind"><see cref="Init"/> or <see cref="Exec"/>.</param>
    public void Send(PidFd process, ReadOnlySpan<byte> kind)
    {
        int error = Sys.TrySend(socket, kind, [process.Fd.Number]);
        if (error < 0)
            throw ContainerException.From(new SysException("sendmsg", "pidfd", -error), "--pidfd-socket");
    }
}
