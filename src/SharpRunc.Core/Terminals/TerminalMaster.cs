using System;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Terminals;

/// <summary>
/// The master end of the process's terminal. It is sent to the listener at --console-socket, or relayed to the caller's own terminal while
/// we are attached.
/// </summary>
internal sealed class TerminalMaster : IDisposable
{
    private readonly Fd? listener;
    private readonly CallerTerminal? caller;

    private TerminalMaster(Fd? listener, CallerTerminal? caller)
    {
        this.listener = listener;
        this.caller = caller;
    }

    /// <summary>Called before anything is created: if nobody listens, there is nothing to roll back.</summary>
    /// <param name="path">--console-socket, relative to the directory that the command was called in; null: none.</param>
    public static Fd? Connect(string? path)
    {
        try
        {
            if (path is null)
                return null;
            return path.StartsWith('@') ? UnixSocket.Connect(path, SOCK_STREAM)
                : TrustedPath.Connect(path, "the console socket", SOCK_STREAM);
        }
        catch (SysException e)
        {
            const string Hint = "a Unix stream socket must be listening at --console-socket";
            throw ContainerException.From(ErrorCode.TerminalSocket, e, "cannot connect to the console socket", hint: Hint);
        }
    }

    /// <summary>Called before anything is created: refuses invalid combinations, and finds the receiver.</summary>
    /// <param name="process">null: no process.</param>
    /// <param name="pointer">Pointer to the process.</param>
    /// <param name="detached">The runtime ends before the process does.</param>
    /// <returns>null for a process without a terminal.</returns>
    public static TerminalMaster? Prepare(Process? process, string pointer, Fd? listener, bool detached)
    {
        bool terminal = process is { Terminal: true };
        pointer += "/terminal";
        if (terminal && detached && listener is null)
            throw Refused($"cannot allocate tty if {RuntimeContext.Name} will detach without setting console socket", pointer);
        if (listener is not null && !(terminal && detached))
            throw Refused($"cannot use console socket if {RuntimeContext.Name} will not detach or allocate tty", pointer);
        return terminal ? new(listener, detached ? null : CallerTerminal.Find(pointer)) : null;
    }

    private static ContainerException Refused(string message, string pointer)
        => new(ErrorCode.TerminalSocket, message) { Pointer = pointer };

    /// <summary>The relay to the caller's terminal, set by <see cref="PassOn"/>; null if a listener got the master.</summary>
    public TerminalProxy? Proxy { get; private set; }

    /// <summary>Restores the caller's terminal.</summary>
    public void Dispose()
    {
        Proxy?.Dispose();
        listener?.Dispose();
    }

    /// <summary>
    /// Passes the master on. A listener gets it as receivers expect: one message with a name that is not empty, and one descriptor.
    /// </summary>
    public void PassOn(Fd master)
    {
        if (listener is null)
        {
            Proxy = new TerminalProxy(caller!, master);
            return;
        }
        using (master)
        {
            SysError error = Sys.TrySend(listener, KernelText.Encode("/dev/pts/" + Sys.PtyNumber(master)), [master.Number]);
            if (error.Failed)
                throw ContainerException.From(ErrorCode.TerminalSocket, error, "cannot send the terminal to the console socket");
        }
        listener.Dispose();
    }
}
