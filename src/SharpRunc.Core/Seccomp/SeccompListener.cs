using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Linux;

namespace SharpRunc.Core.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// config-linux.md#seccomp, listenerPath: the agent that decides on the calls held by SCMP_ACT_NOTIFY, and what it is told about the
/// container.
/// </summary>
internal sealed class SeccompListener
{
    public const string Action = "SCMP_ACT_NOTIFY";

    private const string Pointer = "/linux/seccomp/listenerPath";

    /// <summary>A Unix stream socket: absolute, or relative to the bundle.</summary>
    public required string Path { get; init; }

    public required string? Metadata { get; init; }

    public required string Id { get; init; }

    public required string Bundle { get; init; }

    public required KeyValuePair<string, string>[] Annotations { get; init; }

    /// <summary>The init of the container that an exec joins; 0: the process is the init.</summary>
    public int InitPid { get; init; }

    public static bool IsWanted(Spec.Seccomp profile) => Array.Exists(profile.Syscalls, static rule => rule.Action == Action);

    /// <returns>null if no call needs a decision: listenerPath is ignored then.</returns>
    /// <param name="program">The compiled profile.</param>
    public static SeccompListener? From(Config config, SeccompProgram? program, string id, string bundle, int initPid = 0)
    {
        if (config.Linux.Seccomp is not { ListenerPath: { Length: > 0 } path } seccomp || program is not { Notifies: true })
            return null;
        return new()
        {
            Path = path[0] is '/' or '@' ? path : $"{bundle}/{path}",
            Metadata = seccomp.ListenerMetadata,
            Id = id,
            Bundle = bundle,
            Annotations = config.Annotations,
            InitPid = initPid,
        };
    }

    /// <summary>
    /// "The runtime MUST send one container process state per connection. The connection MUST NOT be reused and MUST be closed after
    /// sending".
    /// </summary>
    /// <param name="filter">The descriptor returned by seccomp(2).</param>
    /// <param name="pid">The process with the filter, as seen in the runtime's PID namespace.</param>
    public void Send(Fd filter, int pid)
    {
        ReadOnlySpan<byte> state = ContainerProcessState.Write(this, pid);
        try
        {
            using Fd socket = UnixSocket.Connect(Path, SOCK_STREAM);
            // A stream socket may accept less than all at a time: "fds … only in the first".
            for (int sent = 0; sent < state.Length;)
            {
                int taken = Sys.TrySend(socket, state[sent..], out SysError error, sent == 0 ? [filter.Number] : []);
                if (error.Failed)
                    throw error.On(Path).ToException();
                if (taken == 0)
                    throw new SysException("sendmsg", Path, EPIPE);
                sent += taken;
            }
        }
        catch (SysException e)
        {
            throw Unreachable(e);
        }
    }

    public static ContainerException Unreachable(SysException e)
        => ContainerException.From(ErrorCode.SeccompListener, e, "cannot announce the container to the seccomp listener", Pointer,
            "a Unix stream socket must be listening there");
}

/// <summary>config-linux.md#containerprocessstate: what a seccomp listener receives along with the filter's descriptor.</summary>
internal static class ContainerProcessState
{
    /// <param name="pid">Of the process with the filter, "as seen by the runtime".</param>
    public static byte[] Write(SeccompListener listener, int pid)
    {
        bool isInit = listener.InitPid == 0;
        JsonText json = new();
        json.StartObject();
        json.Member("ociVersion", SpecVersion.Current);
        json.Name("fds");
        json.StartArray();
        json.Value("seccompFd");
        json.EndArray();
        json.Member("pid", pid);
        if (listener.Metadata is not null)
            json.Member("metadata", listener.Metadata);
        json.Name("state");
        string status = isInit ? "creating" : "running";
        int init = isInit ? pid : listener.InitPid;
        StateJson.WriteForHook(json, listener.Id, status, init, listener.Bundle, listener.Annotations);
        json.EndObject();
        return json.Written.ToArray();
    }
}
