using System;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Sockets;

/// <summary>
/// --pidfd-socket: sends one message with one descriptor. It refers to the process that is made, and to no other as long as it is held.
/// </summary>
internal sealed class PidfdSocket : IDisposable
{
    private readonly Fd socket;

    private PidfdSocket(Fd socket) => this.socket = socket;

    /// <summary>The kind of process that the message reports: a container's init, or a process that joined a container.</summary>
    public static ReadOnlySpan<byte> Init => "standard"u8;

    public static ReadOnlySpan<byte> Exec => "setns"u8;

    public void Dispose() => socket.Dispose();

    /// <summary>Called before anything is created: if nobody listens, there is nothing to roll back.</summary>
    /// <param name="path">As given, relative to the directory that the command was called in; null: not wanted.</param>
    public static PidfdSocket? Connect(string? path)
    {
        try
        {
            if (path is null)
                return null;
            return new(path.StartsWith('@') ? UnixSocket.Connect(path, SOCK_STREAM)
                : TrustedPath.Connect(path, "the pidfd socket", SOCK_STREAM));
        }
        catch (SysException e)
        {
            throw ContainerException.From(
                ErrorCode.SocketPidfd, e, "cannot connect to --pidfd-socket", hint: "a Unix stream socket must be listening there");
        }
    }

    /// <summary>
    /// Called before the program runs. A create calls it once the init is set up, so that earlier failures are never reported there.
    /// </summary>
    /// <param name="kind"><see cref="Init"/> or <see cref="Exec"/>.</param>
    public void Send(PidFd process, ReadOnlySpan<byte> kind)
    {
        SysError error = Sys.TrySend(socket, kind, [process.Fd.Number]);
        if (error.Failed)
            throw ContainerException.From(ErrorCode.SocketPidfd, error.On("pidfd"), "--pidfd-socket");
    }
}
